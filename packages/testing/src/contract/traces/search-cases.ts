import assert from 'node:assert/strict'
import type { Payload, RunEvent, SpanRecord } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import type { SearchHit, SearchHits, SearchQuery, Store } from '@runtape/core/store'
import { runEvent, span, testTime } from '../../records.ts'
import { after, allPages, assertRefused, type StoreContractCase } from '../case.ts'

const json = (value: unknown): Payload => ({ json: JSON.stringify(value) })

const hitsFor = (store: Store, query: SearchQuery): Promise<SearchHit[]> =>
  allPages(cursor => store.search({ ...query, ...after(cursor) }))

/** A traced run: its root, its end and its feedback, a minute after those before. */
function tracedRun(minute: number, root: Partial<SpanRecord>, comment?: string): (RunEvent | SpanRecord)[] {
  const runId = newRunId()
  const startedAt = testTime + minute * 60_000
  const recorded = span({ startedAt, runId, ...root })
  const event = { runId, traceId: recorded.traceId, at: startedAt + 1000 }
  return [
    recorded,
    runEvent({ ...event, configKey: `config-${minute % 2}` }),
    ...(comment === undefined
      ? []
      : [runEvent({ ...event, metric: 'feedback', value: { kind: 'negative', comment } })]),
  ]
}

/** Searches until everything up to the current revision was searched. */
async function whollySearched(store: Store, query: SearchQuery): Promise<SearchHits> {
  for (let tries = 0; ; tries++) {
    const hits = await store.search(query)
    if (hits.completeTo === (await store.revision())) return hits
    assert.ok(tries < 1000, 'search never becomes complete')
  }
}

const where = (hits: readonly SearchHit[]) => hits.map(hit => [hit.in, hit.traceId, hit.runId])

export const searchCases: readonly StoreContractCase[] = [
  {
    title:
      'search: finds inputs and outputs of roots, errors and comments, newest first, with an excerpt of the match',
    check: async ({ store }) => {
      const input = tracedRun(1, { input: json([{ question: 'Where is my LATE order?' }]) })
      const output = tracedRun(2, { output: json({ text: 'Your late order has left.' }) })
      const comment = tracedRun(3, {}, 'it says late order, always')
      const failed = runEvent({
        at: testTime + 240_000,
        metric: 'outcome',
        value: { status: 'error', error: { name: 'Error', message: 'no late order' } },
      })
      const [one] = input as [SpanRecord]
      const child = span({
        traceId: one.traceId,
        parentSpanId: one.spanId,
        input: json('late order of a child'),
      })
      await store.append([...input, ...output, ...comment, failed, child])
      const hits = await hitsFor(store, { text: 'Late order' })
      const idsOf = ([root]: readonly (RunEvent | SpanRecord)[]) => [root?.traceId, root?.runId]
      assert.deepEqual(where(hits), [
        ['error', undefined, failed.runId],
        ['comment', ...idsOf(comment)],
        ['output', ...idsOf(output)],
        ['input', ...idsOf(input)],
      ])
      for (const { excerpt, match } of hits) assert.equal(excerpt.slice(...match).toLowerCase(), 'late order')
      assert.equal((await store.search({ text: 'late order' })).completeTo, await store.revision())
      assert.deepEqual(await hitsFor(store, { text: 'late order', limit: 1 }), hits)
    },
  },
  {
    title:
      'search: finds texts in every language; quotes and query syntax are plain text, also of one or two characters',
    check: async ({ store }) => {
      const text = 'say "hi" OR NOT (near* ^x:y) 你好世界 mu\u0308ller ΣΊΣΥΦΟΣ 😀👍 50% a_b\\ 4711'
      await store.append([span({ input: json({ text, n: 12.5 }) })])
      const count = async (term: string) => (await store.search({ text: term })).items.length
      for (const term of [
        '"hi"',
        'OR NOT',
        'near*',
        '^x:y',
        '你好',
        '界',
        'MÜLLER',
        'ü',
        'σίσυφος',
        '😀',
        '👍',
        '0%',
        'a_b\\',
        '711',
        '12.5',
        '(',
        'hi" OR',
      ])
        assert.equal(await count(term), 1, term)
      for (const term of ['muller', 'a%b', 'a.b', 'near x', 'hello']) assert.equal(await count(term), 0, term)
    },
  },
  {
    title: 'search: at most 16 KB of each text, cut at a character',
    check: async ({ store }) => {
      const text = (fill: string, bytes: number) => fill.repeat(Math.floor(bytes / Buffer.byteLength(fill)))
      await store.append([
        span({
          startedAt: testTime + 1,
          input: json(`${text('a', 16_380)}END1`),
          output: json(`${text('a', 16_381)}END2`),
        }),
        span({
          startedAt: testTime + 2,
          input: json(`${text('語', 16_380)}END3`),
          output: json(`${text('語', 16_386)}END4`),
        }),
      ])
      const count = async (term: string) => (await store.search({ text: term })).items.length
      assert.deepEqual(await Promise.all(['END1', 'END2', 'END3', 'END4'].map(count)), [1, 0, 1, 0])
    },
  },
  {
    title: 'search: only within the runs of a filter; traces without a run are found without one',
    check: async ({ store }) => {
      const runs = [1, 2, 3, 4].map(minute => tracedRun(minute, { input: json('needle') }))
      const alone = span({ startedAt: testTime + 600_000, input: json('needle') })
      const replayed = span({
        input: json('needle'),
        replay: { testRunId: 't', sourceTraceId: alone.traceId, mocked: false },
      })
      await store.append([...runs.flat(), alone, replayed])
      const found = async (query: Omit<SearchQuery, 'text'>) =>
        (await hitsFor(store, { text: 'needle', limit: 2, ...query })).map(({ traceId }) => traceId)
      const ids = runs.map(([root]) => root?.traceId)
      assert.deepEqual(await found({}), [alone.traceId, ids[3], ids[2], ids[1], ids[0]])
      assert.deepEqual(await found({ configKey: 'config-1' }), [ids[2], ids[0]])
      assert.deepEqual(await found({ configKey: 'other' }), [])
      assert.deepEqual(await found({ where: 'config:config-0 -key:other' }), [ids[3], ids[1]])
      assert.deepEqual(await found({ where: 'key:other' }), [])
      assert.deepEqual(await found({ since: testTime + 150_000 }), [alone.traceId, ids[3], ids[2]])
      assert.deepEqual(await found({ since: testTime + 150_000, contextKey: 'user-1' }), [ids[3], ids[2]])
    },
  },
  {
    title: 'search: what was erased or pruned is not found; a late record of it neither',
    check: async ({ store }) => {
      const mine = tracedRun(1, { input: json('needle of Ada'), output: json('needle') }, 'needle')
      const other = tracedRun(2, { input: json('needle of Grace') }, 'needle')
      await store.append([...mine, ...other])
      assert.equal((await hitsFor(store, { text: 'needle' })).length, 5)
      await store.erase({ traceId: mine[0]?.traceId ?? '' })
      await store.append(mine)
      assert.equal((await hitsFor(store, { text: 'needle' })).length, 2)
      await store.erase({ runId: other[0]?.runId ?? '' }, { keepTotals: true })
      assert.deepEqual(await hitsFor(store, { text: 'needle' }), [])
      await store.append(tracedRun(3, { input: json('needle') }, 'needle'))
      await store.prune({ traces: { before: testTime + 300_000 }, runs: { before: testTime + 300_000 } })
      assert.deepEqual(await hitsFor(store, { text: 'needle' }), [])
      await store.append([span({ input: json('needle again') })])
      assert.equal((await hitsFor(store, { text: 'needle' })).length, 1)
    },
  },
  {
    title: 'search: a result that is complete to the current revision has every text, while more are written',
    check: async ({ store, connect }) => {
      const other = (await connect?.()) ?? store
      let count = 0
      for (let round = 1; round <= 4; round++) {
        for (const each of [store, other]) {
          await each.append(
            tracedRun(count, { input: json(`the ${round % 2 ? 'odd' : 'even'} needle`) }, 'needle'),
          )
          count++
        }
        const page = await whollySearched(store, { text: 'needle', limit: 1000 })
        assert.equal(page.items.length, 2 * count, `${count} runs`)
      }
      for (const [text, runs] of [
        ['odd needle', 4],
        ['the even needle', 4],
        ['EV', 4],
        ['o', 4],
        ['the odd needles', 0],
        ['eedle the', 0],
      ] as const)
        assert.equal((await whollySearched(store, { text })).items.length, runs, text)
      if (other !== store) await other.close()
    },
  },
  {
    title: 'search: an erase hides no text of another run, neither from before nor from after it',
    check: async ({ store }) => {
      const runs = Array.from({ length: 12 }, (_, minute) =>
        tracedRun(minute, { input: json(`needle ${minute}`) }, `needle ${minute}`),
      )
      await store.append(runs.flat())
      await whollySearched(store, { text: 'needle' })
      for (const [root] of runs.slice(3, 6)) await store.erase({ traceId: root?.traceId ?? '' })
      await store.append(tracedRun(20, { input: json('a late needle') }))
      assert.equal((await whollySearched(store, { text: 'needle' })).items.length, 19)
      assert.equal((await whollySearched(store, { text: 'needle 4' })).items.length, 0)
      assert.equal((await whollySearched(store, { text: 'late needle' })).items.length, 1)
    },
  },
  {
    title: 'search: refuses arguments that it cannot read',
    check: async ({ store }) => {
      const calls = [
        () => store.search({} as never),
        () => store.search({ text: '' }),
        () => store.search({ text: 'x'.repeat(1001) }),
        () => store.search({ text: 'x', limit: 0 }),
        () => store.search({ text: 'x', cursor: 'none' }),
        () => store.search({ text: 'x', modell: 'm' } as never),
      ]
      for (const call of calls) await assertRefused('invalid-option', call)
    },
  },
]
