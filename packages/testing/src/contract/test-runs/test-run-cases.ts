import assert from 'node:assert/strict'
import { newRunId, newTraceId } from '@runtape/core/internal'
import type { TestRunQuery, TestRunStart, TestRunSummary } from '@runtape/core/store'
import { span } from '../../records.ts'
import { after, allPages, assertRefused, type StoreContractCase } from '../case.ts'

const start = (fields: Partial<TestRunStart> = {}): TestRunStart => ({
  key: 'support.answer',
  sourceTraceIds: [newTraceId(), newTraceId()],
  ...fields,
})

const noItems = { recorded: 0, same: 0, changed: 0, unknown: 0, failed: 0 }

const summary = (items: number, notRun: number): TestRunSummary => ({
  total: items + notRun,
  completed: items,
  failed: 0,
  same: items,
  changed: 0,
  unknown: 0,
  served: 4,
  drifted: 0,
  missed: 0,
  unused: 0,
  overridden: 0,
  unknownInputs: 0,
  notRun,
  scores: {},
  pass: notRun === 0,
})

export const testRunCases: readonly StoreContractCase[] = [
  {
    title: 'testRuns.start: a new test run is running and keeps all its fields',
    check: async ({ store }) => {
      const said = start({
        codeChangeDescription: 'Shorter answers; "höflicher"',
        codeChangeFiles: [{ path: 'src/answer.ts', before: '', after: 'export {}\n' }],
        experimentGroupId: 'group-1',
        baselineOf: 'ci-4711',
        attempts: 3,
        policy: { mock: 'marked', onMiss: 'error', overrides: ['orders.lookup'] },
        thresholds: { polite: 0.8 },
        options: { limit: 20, where: { feedback: 'negative' } },
        commit: '5ff4f4ef',
        branch: 'shorter-answers',
        command: 'runtape replay ./src/agent.ts#answer',
        cohort: { name: 'bad-refunds', version: 3 },
      })
      const before = Date.now()
      const { testRunId } = await store.testRuns.start(said)
      const testRun = await store.testRuns.get(testRunId)
      assert.ok(testRun)
      const { startedAt, ...rest } = testRun
      assert.deepEqual(rest, { ...said, testRunId, status: 'running', items: noItems, verdicts: {} })
      assert.ok(startedAt >= before && startedAt <= Date.now())
    },
  },
  {
    title: 'testRuns.start: a second start with the same id joins the test run and changes no field',
    check: async ({ store }) => {
      const testRunId = `ci-${newRunId()}`
      const said = start({ testRunId, codeChangeDescription: 'first' })
      assert.equal((await store.testRuns.start(said)).testRunId, testRunId)
      await store.testRuns.putVerdict(testRunId, 'trace-1', { pass: true })
      const joined = await store.testRuns.start(start({ testRunId, codeChangeDescription: 'second' }))
      assert.equal(joined.testRunId, testRunId)
      const testRun = await store.testRuns.get(testRunId)
      assert.deepEqual(testRun?.sourceTraceIds, said.sourceTraceIds)
      assert.equal(testRun?.codeChangeDescription, 'first')
      assert.equal(testRun?.verdicts['trace-1']?.pass, true)
      assert.equal((await store.testRuns.list()).items.filter(each => each.testRunId === testRunId).length, 1)
    },
  },
  {
    title: 'testRuns.get: an unknown test run is undefined',
    check: async ({ store }) => assert.equal(await store.testRuns.get(newRunId()), undefined),
  },
  {
    title: 'testRuns.complete: maps exactly the traces whose root is stored under the test run',
    check: async ({ store }) => {
      const { testRunId } = await store.testRuns.start(start())
      const replay = { testRunId, sourceTraceId: newTraceId(), mocked: false }
      const made = [span({ replay }), span({ replay })]
      const child = span({ traceId: made[0]?.traceId, parentSpanId: made[0]?.spanId, replay })
      const rootless = span({ parentSpanId: '00000000000000aa', replay })
      const foreign = span({ replay: { ...replay, testRunId: newRunId() } })
      await store.append([...made, child, rootless, foreign, span()])
      const completion = await store.testRuns.complete(testRunId)
      const ids = made.map(each => each.traceId)
      assert.equal(completion.traceCount, 2)
      assert.deepEqual(Object.keys(completion.traceIds ?? {}).sort(), ids.sort())
      for (const stored of Object.values(completion.traceIds ?? {})) {
        assert.ok(await store.traces.get(stored), 'the map must lead to traces that the store has')
      }
    },
  },
  {
    title: 'testRuns.complete: a test run without traces has an empty map, not a missing one',
    check: async ({ store }) => {
      const { testRunId } = await store.testRuns.start(start({ sourceTraceIds: [] }))
      assert.deepEqual(await store.testRuns.complete(testRunId), { traceIds: {}, traceCount: 0 })
    },
  },
  {
    title: 'testRuns.complete: sets status and time. Default status: completed',
    check: async ({ store }) => {
      const [one, two] = [await store.testRuns.start(start()), await store.testRuns.start(start())]
      await store.testRuns.complete(one.testRunId)
      await store.testRuns.complete(two.testRunId, 'interrupted')
      const [completed, interrupted] = [
        await store.testRuns.get(one.testRunId),
        await store.testRuns.get(two.testRunId),
      ]
      assert.equal(completed?.status, 'completed')
      assert.ok((completed?.completedAt ?? 0) >= (completed?.startedAt ?? Number.POSITIVE_INFINITY))
      assert.equal(interrupted?.status, 'interrupted')
    },
  },
  {
    title: 'testRuns.complete: completing again returns the same map',
    check: async ({ store }) => {
      const { testRunId } = await store.testRuns.start(start())
      await store.append([span({ replay: { testRunId, sourceTraceId: newTraceId(), mocked: false } })])
      const first = await store.testRuns.complete(testRunId)
      assert.deepEqual(await store.testRuns.complete(testRunId), first)
    },
  },
  {
    title: 'testRuns.complete: keeps the summary over most items, and the calls outside of every shard',
    check: async ({ store }) => {
      const { testRunId } = await store.testRuns.start(start())
      const call = { key: 'mail.send', name: 'mail.send', count: 1, refused: false }
      await store.testRuns.complete(testRunId, 'completed', {
        shard: '1/2',
        summary: summary(2, 0),
        outside: [call],
      })
      // A shard that read the items earlier ends later.
      await store.testRuns.complete(testRunId, 'completed', {
        shard: '2/2',
        summary: summary(1, 1),
        outside: [call],
      })
      const both = await store.testRuns.get(testRunId)
      assert.deepEqual(both?.summary, summary(2, 0))
      assert.deepEqual(both?.outside, [call, call])
      await store.testRuns.complete(testRunId, 'completed', { shard: '2/2', summary: summary(2, 0) })
      assert.deepEqual((await store.testRuns.get(testRunId))?.outside, [call])
    },
  },
  {
    title: 'testRuns.list: by key, group and status',
    check: async ({ store }) => {
      const make = async (fields: Partial<TestRunStart>) =>
        (await store.testRuns.start(start(fields))).testRunId
      const a = await make({ key: 'a', experimentGroupId: 'g' })
      const b = await make({ key: 'b', experimentGroupId: 'g' })
      const c = await make({ key: 'b' })
      await store.testRuns.complete(b)
      await store.testRuns.complete(c, 'interrupted')
      const ids = async (query: TestRunQuery) =>
        (await store.testRuns.list(query)).items.map(({ testRunId }) => testRunId)
      assert.deepEqual(await ids({ key: 'b' }), [c, b])
      assert.deepEqual(await ids({ experimentGroupId: 'g' }), [b, a])
      assert.deepEqual(await ids({ key: 'b', experimentGroupId: 'g' }), [b])
      assert.deepEqual(await ids({ status: 'running' }), [a])
      assert.deepEqual(await ids({ status: 'completed' }), [b])
      assert.deepEqual(await ids({ status: 'interrupted', key: 'a' }), [])
      const paged = await allPages(cursor => store.testRuns.list({ key: 'b', limit: 1, ...after(cursor) }))
      assert.deepEqual(
        paged.map(({ testRunId }) => testRunId),
        [c, b],
      )
    },
  },
  {
    title: 'testRuns.list: a misspelt or impossible filter is refused',
    check: async ({ store }) => {
      const refused = (query: object) => assertRefused('invalid-option', () => store.testRuns.list(query))
      await refused({ group: 'g' })
      await refused({ status: 'done' })
      await refused({ key: 7 })
    },
  },
  {
    title: 'testRuns: completing or judging an unknown test run is refused',
    check: async ({ store }) => {
      const { complete, putVerdict } = store.testRuns
      await assertRefused('invalid-option', () => complete(newRunId()))
      await assertRefused('invalid-option', () => putVerdict(newRunId(), newTraceId(), { pass: true }))
    },
  },
  {
    title: 'testRuns: arguments of another kind are refused',
    check: async ({ store }) => {
      const { start: begin, complete, putVerdict } = store.testRuns
      const bad = [undefined, {}, { key: '' }, { key: 'a' }, { key: 'a', sourceTraceIds: [5] }]
      for (const given of bad) await assertRefused('invalid-option', () => begin(given as never))
      await assertRefused('invalid-option', () => begin({ ...start(), testRunId: '' }))
      const { testRunId } = await begin(start())
      for (const status of ['done', 'running', null])
        await assertRefused('invalid-option', () => complete(testRunId, status as never))
      for (const traceId of ['', 5, undefined])
        await assertRefused('invalid-option', () => putVerdict(testRunId, traceId as never, { pass: true }))
      assert.equal((await store.testRuns.get(testRunId))?.status, 'running')
    },
  },
  {
    title: 'testRuns.list: newest first, each once across pages, with verdicts, between two times',
    check: async ({ store }) => {
      const ids: string[] = []
      for (let count = 0; count < 7; count++) ids.push((await store.testRuns.start(start())).testRunId)
      await store.testRuns.putVerdict(ids[0] ?? '', newTraceId(), { pass: true })
      const listed = await allPages(
        cursor => store.testRuns.list({ limit: 3, ...after(cursor) }),
        () => store.testRuns.start(start()),
      )
      assert.deepEqual(
        listed.map(testRun => testRun.testRunId),
        ids.toReversed(),
      )
      assert.equal(Object.keys(listed.at(-1)?.verdicts ?? {}).length, 1)
      const future = Date.now() + 60_000
      assert.deepEqual((await store.testRuns.list({ since: future })).items, [])
      assert.equal((await store.testRuns.list({ until: future })).items.length, 9)
    },
  },
]
