import type { Item, ItemRow, Store } from '@runtape/core/store'
import { memoryStore } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { evaluator, type ReplayReport, replay, sameOutput, testRunReport } from '../src/index.ts'
import { assessReport, htmlReport } from '../src/reporting/index.ts'
import { newTape, storeWith, type Tape } from './tape.ts'

/** How the code behaves: as recorded, or changed. */
const now = { isChanged: false }

/** A program that, once changed, ends in every possible way, depending on the number that it is called with. */
function program({ tracer }: Tape) {
  const look = tracer.traced(
    'look',
    { mockOnReplay: true },
    async (query: { id: number; by?: string }) => query.id * 2,
  )
  const send = tracer.traced('send', { mockOnReplay: true }, async (id: number) => id)
  const log = tracer.traced('log', async (text: string) => text.length)
  return tracer.traced('answer', async (id: number) => {
    const kind = id % 6
    if (now.isChanged && kind === 1) throw new Error(`no ${id}`)
    const found = await look(now.isChanged && kind === 2 ? { id, by: 'name' } : { id })
    await log('looked')
    if (!now.isChanged && kind === 3) await send(id)
    if (now.isChanged && kind === 4) await send(id)
    return now.isChanged && kind === 5 ? { id, found, more: true } : { id, found }
  })
}

async function recorded(count: number, store: Store = memoryStore()) {
  const tape = newTape(store)
  const fn = program(tape)
  now.isChanged = false
  for (let id = 0; id < count; id++) await fn(id)
  await tape.recorder.flush()
  now.isChanged = true
  return { ...tape, fn }
}

const even = evaluator<[number], unknown>('even', ({ input: [id] }) => Number(id % 2 === 0), { version: '3' })
const options = {
  mock: 'marked',
  limit: 100,
  evaluators: [sameOutput(), even],
  thresholds: { even: 0.5 },
} as const

const items = async (store: Store, testRunId: string): Promise<readonly ItemRow[]> =>
  (await store.testRuns.items(testRunId, { limit: 1000 })).items

/** Without values that differ in every test run. */
function comparable(report: ReplayReport) {
  const other = new Set(['traceId', 'spanId', 'testRunId', 'durationMs', 'stack', 'testRunUrl'])
  const text = JSON.stringify({ report, judged: assessReport(report) }, (key, value) => {
    if (other.has(key)) return undefined
    if (value instanceof Error) return { name: value.name, message: value.message }
    return value
  })
  // The report must not be empty, or the comparison would pass trivially.
  expect(text.length).toBeGreaterThan(500)
  return JSON.parse(text) as object
}

describe('the items of a test run', () => {
  test('are in its store, each with the reason for its outcome and for each call', async () => {
    const { store, fn, logger, warnings } = await recorded(6)
    const { testRunId, items: reported } = await replay(fn, { ...options, store, logger })
    const rows = await items(store, testRunId)
    expect(rows).toHaveLength(6)
    const whole: Item[] = []
    for (const { sourceTraceId, input } of reported) {
      const item = await store.testRuns.item(testRunId, { sourceTraceId })
      if (item) whole[input[0]] = item
    }
    const [same, failed, drifted, unused, added, more] = whole
    const callsOf = (item: Item | undefined) =>
      item?.calls.map(({ kind, key, reason }) => `${kind} ${key}: ${reason}`)
    expect(same?.outcome).toBe('same')
    expect(callsOf(same)).toEqual([
      'served look: the same input',
      'ran answer: it is the replayed call',
      "ran log: mock: 'marked' answers only calls declared mockOnReplay",
    ])
    expect(failed).toMatchObject({
      outcome: 'failed',
      reason: 'no 1',
      error: 'no 1',
      thrown: { name: 'Error' },
    })
    expect(callsOf(failed)?.[0]).toBe('not-reached look: the replay had ended: no 1')
    expect(callsOf(drifted)?.[0]).toMatch(/^drifted look: its input differs at .*by$/)
    expect(callsOf(unused)).toContain('unused send: the code did not make it')
    expect(callsOf(added)?.find(call => call.startsWith('missed'))).toMatch(/^missed send: no such call/)
    expect(more).toMatchObject({ outcome: 'changed', differences: 0 })
    expect(more?.scores).toMatchObject({
      'same-output': { score: 0, pass: false, version: '1' },
      even: { score: 0, version: '3', threshold: 0.5 },
    })
    expect(rows.map(({ traceId }) => traceId).sort()).toEqual(reported.map(({ traceId }) => traceId).sort())
    expect(warnings).toEqual([])
  })

  test('are beside the options, policy, thresholds and summary of the test run', async () => {
    const { store, fn } = await recorded(3)
    const { testRunId, summary } = await replay(fn, {
      ...options,
      store,
      where: { since: '1d' },
      attempts: 2,
    })
    expect(await store.testRuns.get(testRunId)).toMatchObject({
      attempts: 2,
      policy: { mock: 'marked', onMiss: 'error' },
      thresholds: { even: 0.5 },
      options: {
        limit: 100,
        where: { since: '1d' },
        evaluators: [{ name: 'same-output', version: '1' }, {}],
      },
      items: { recorded: 6 },
      status: 'completed',
      summary: JSON.parse(JSON.stringify(summary)),
    })
  })

  test('change nothing in the replay if the store refuses them, and a warning counts them', async () => {
    const { store, fn, logger, warnings } = await recorded(3)
    const putItem = () => Promise.reject(new Error('disk full'))
    const report = await replay(fn, {
      ...options,
      store: storeWith(store, { testRuns: { putItem } }),
      logger,
    })
    const { summary } = await replay(fn, { ...options, store, logger })
    expect(report.summary).toEqual(summary)
    expect(warnings).toEqual([expect.stringMatching(/^3 items of test run .* could not be put.*disk full/)])
  })

  test('are not there twice if the test run is joined again: the first are kept, and a warning says so', async () => {
    const { store, fn, logger, warnings } = await recorded(4)
    const first = await replay(fn, { ...options, store, logger, testRunId: 'again' })
    const before = await items(store, 'again')
    await replay(fn, { ...options, store, logger, testRunId: 'again' })
    expect(await items(store, 'again')).toEqual(before)
    expect(first.items.map(({ traceId }) => traceId).sort()).toEqual(
      before.map(({ traceId }) => traceId).sort(),
    )
    expect(warnings).toEqual([expect.stringMatching(/^4 items of test run again were in the store/)])
  })
})

describe('the report of a test run from its store', () => {
  test.each([1, 3])('equals the report of the replay, with %i attempts', async attempts => {
    const { store, fn } = await recorded(12)
    const report = await replay(fn, { ...options, store, attempts, maxConcurrency: 3, mustRun: ['log'] })
    const stored = await testRunReport(store, report.testRunId)
    expect(comparable(stored)).toEqual(comparable(report))
    expect(stored.items.map(({ traceId }) => traceId)).toEqual(report.items.map(({ traceId }) => traceId))
    const pages = [await htmlReport(stored, { store }), await htmlReport(report, { store })]
    expect(pages[0]).toBe(pages[1])
  })

  test.each([2, 3, 5])('over %i shards equals the report of the same replay without shards', async count => {
    const { store, fn } = await recorded(13)
    const whole = await replay(fn, { ...options, store, testRunId: 'whole' })
    const shards = Array.from({ length: count }, (_, index) => `${index + 1}/${count}`)
    const [first, ...others] = shards as [string, ...string[]]
    await replay(fn, { ...options, store, testRunId: 'parts', shard: first })
    const early = await testRunReport(store, 'parts')
    expect(early.summary).toMatchObject({ total: 13, pass: false })
    expect(early.summary.notRun).toBe(13 - Math.ceil(13 / count))
    await Promise.all(others.map(shard => replay(fn, { ...options, store, testRunId: 'parts', shard })))
    const parts = await testRunReport(store, 'parts')
    expect(comparable(parts)).toEqual(comparable(whole))
    const [a, b] = [await store.testRuns.get('whole'), await store.testRuns.get('parts')]
    expect(b?.summary).toEqual(a?.summary)
    expect(parts.summary.pass).toBe(b?.summary?.pass)
  })

  test('of an unchanged program passes, and of an unknown test run is refused', async () => {
    const { store, fn } = await recorded(4)
    now.isChanged = false
    for (const shard of ['1/2', '2/2']) await replay(fn, { store, mock: 'marked', testRunId: 'ok', shard })
    expect((await testRunReport(store, 'ok')).summary).toMatchObject({ pass: true, same: 4 })
    expect((await store.testRuns.get('ok'))?.summary).toMatchObject({ pass: true, total: 4 })
    await expect(testRunReport(store, 'nowhere')).rejects.toMatchObject({ code: 'invalid-option' })
  })

  test('has calls outside the replayed traces of each shard', async () => {
    const { store, fn, tracer } = await recorded(4)
    now.isChanged = false
    const mail = tracer.traced('mail', { mockOnReplay: true }, async () => 1)
    const run = (shard: string, call: boolean) => {
      const onItem = async () => void (call && (await mail().catch(() => {})))
      return replay(fn, { store, mock: 'marked', testRunId: 'out', shard, outside: 'refuse', onItem })
    }
    await run('1/2', true)
    await run('2/2', false)
    const { outside, summary } = await testRunReport(store, 'out')
    if (outside.length > 0) expect(summary.pass).toBe(false)
    expect(outside).toEqual((await store.testRuns.get('out'))?.outside ?? [])
  })
})
