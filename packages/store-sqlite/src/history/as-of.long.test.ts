import type { RunEvent, SpanRecord } from '@runtape/core'
import type { ItemRecord, ListQuery, Page, Store } from '@runtape/core/store'
import { memoryStore, payload, runEvent, span, testTime } from '@runtape/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sqliteStore } from '../sqlite-store.ts'

const traceIds = ['1', '2', '3'].map(digit => digit.repeat(32))
const people = ['ada', 'bo']
const outcomes = ['same', 'changed', 'failed'] as const

/** A write: `kind`, and numbers that say of what. `number` is another one for each write. */
interface Write {
  readonly kind:
    | 'span'
    | 'event'
    | 'item'
    | 'late'
    | 'verdict'
    | 'take back'
    | 'review'
    | 'withdraw'
    | 'cohort'
    | 'test run'
    | 'erase'
  readonly which: number
  readonly who: number
}

const write = (kinds: readonly Write['kind'][]): fc.Arbitrary<Write> =>
  fc.record({ kind: fc.constantFrom(...kinds), which: fc.nat(2), who: fc.nat(1) })

const harmless = [
  'span',
  'span',
  'event',
  'item',
  'item',
  'late',
  'verdict',
  'take back',
  'review',
  'review',
  'withdraw',
  'cohort',
  'test run',
] as const

const spanIdOf = (number: number) => `${number}`.padStart(16, '0')

function spanOf({ which, who }: Write, number: number): SpanRecord {
  const traceId = traceIds[which] as string
  const isRoot = who === 0
  return span({
    traceId,
    spanId: spanIdOf(number),
    ...(!isRoot && { parentSpanId: spanIdOf(which) }),
    seq: number % 3,
    // Different for each, because stores may order equal times as they like.
    startedAt: testTime + ((number * 7919) % 1009),
    input: payload(number % 2 ? 'a needle' : 'hay'),
  })
}

const eventOf = ({ which, who }: Write, number: number): RunEvent =>
  runEvent({
    runId: `run-${which}`,
    traceId: traceIds[which],
    at: testTime + number,
    metric: who ? `call:${spanIdOf(which)}` : `tool-call:${number}`,
    value: who ? { status: 'success', durationMs: 1 } : { name: 'needle' },
  })

const itemOf = ({ which, who }: Write, number: number): ItemRecord => ({
  sourceTraceId: traceIds[which] as string,
  attempt: number,
  outcome: outcomes[(which + who) % 3] as ItemRecord['outcome'],
  error: null,
  originalError: null,
  traceId: null,
  recorded: { durationMs: 1, tokens: null, model: null },
  replay: { durationMs: 1, tokens: null },
  scores: {},
  calls: [],
})

/** Writes, and returns what the store said, without ids and times. */
async function apply(store: Store, one: Write, number: number): Promise<unknown> {
  const [traceId = '', by = ''] = [traceIds[one.which], people[one.who]]
  const { testRuns, reviews, cohorts } = store
  const attempt = Math.max(1, number - 3)
  switch (one.kind) {
    case 'span':
      return (await store.append([spanOf(one, number)])).accepted
    case 'event':
      return (await store.append([eventOf(one, number)])).accepted
    case 'item':
      return testRuns.putItem('t', itemOf(one, number))
    case 'late':
      return testRuns.putLate('t', {
        sourceTraceId: traceId,
        attempt,
        outcome: 'failed',
        lateErrors: ['late'],
        calls: [],
      })
    case 'verdict':
      return testRuns.putVerdict('t', traceId, { pass: one.who === 0, by })
    case 'take back':
      return testRuns.withdrawVerdict('t', traceId)
    case 'review':
      return (await reviews.put({ traceId, by, comment: `${number}` }).catch(codeOf)) !== undefined
    case 'withdraw':
      return (await reviews.withdraw({ traceId, by })) !== undefined
    case 'cohort':
      return cohorts
        .change('c', { put: [{ traceId, note: `${number}` }] })
        .then(({ version }) => version, codeOf)
    case 'test run':
      return testRuns.start({ testRunId: `t-${number}`, key: 'k', sourceTraceIds: [] })
    case 'erase':
      return (await store.erase({ traceId })).spans
  }
}

const codeOf = (error: { readonly code?: string }) => error.code

type Part = Pick<ListQuery, 'limit' | 'cursor' | 'asOf'>
type List = (store: Store, part: Part) => Promise<Page<unknown>>

const lists: Readonly<Record<string, List>> = {
  items: ({ testRuns }, part) => testRuns.items('t', part),
  'items that failed': ({ testRuns }, part) => testRuns.items('t', { ...part, only: ['failed', 'changed'] }),
  'test runs': ({ testRuns }, part) => testRuns.list(part),
  reviews: ({ reviews }, part) => reviews.list(part),
  'reviews of a trace': ({ reviews }, part) =>
    reviews.list({ ...part, traceId: traceIds[0] as string, history: true }),
  'reviews by a person': ({ reviews }, part) => reviews.list({ ...part, by: 'ada' }),
  'versions of a cohort': ({ cohorts }, part) => cohorts.versions('c', part),
  'entries of a cohort': ({ cohorts }, part) => cohorts.entries('c', part),
  cohorts: ({ cohorts }, part) => cohorts.list(part),
  skeleton: async ({ traces }, part) => (await traces.skeleton(traceIds[0] as string, part)) ?? { items: [] },
  'search in a trace': ({ traces }, part) =>
    traces.search(traceIds[0] as string, { ...part, text: 'needle' }),
  search: (store, part) => store.search({ ...part, text: 'needle' }),
  traces: ({ traces }, part) => traces.list(part),
  runs: ({ runs }, part) => runs.list(part),
}

/** Ids and times that each store makes for itself. */
const made = new Set(['reviewId', 'at', 'startedAt', 'completedAt'])

const comparable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, each) => (made.has(key) && key !== '' ? undefined : each)))

const read = (list: List, store: Store, part: Part): Promise<Page<unknown> & { code?: string }> =>
  list(store, part).catch((error: { code: string }) => ({ items: [], code: error.code }))

async function opened(): Promise<readonly [sqlite: Store, memory: Store]> {
  const stores = [sqliteStore(':memory:', { search: true }), memoryStore()] as const
  for (const store of stores) {
    await store.testRuns.start({ testRunId: 't', key: 'k', sourceTraceIds: [] })
    await store.append(
      traceIds.map((traceId, at) => span({ traceId, spanId: spanIdOf(at), startedAt: testTime })),
    )
    await store.cohorts.create('c')
  }
  return stores
}

test('every list as of every revision is as in the memory store, whatever is written and erased', async () => {
  const writes = fc.array(write([...harmless, ...harmless, 'erase']), { maxLength: 24 })
  await fc.assert(
    fc.asyncProperty(writes, async all => {
      const stores = await opened()
      const revisions: (readonly string[])[] = []
      for (const [at, one] of all.entries()) {
        revisions.push(await Promise.all(stores.map(store => store.revision())))
        const [ours, theirs] = [await apply(stores[0], one, at + 3), await apply(stores[1], one, at + 3)]
        expect(ours, one.kind).toEqual(theirs)
      }
      for (const [name, list] of Object.entries(lists))
        for (const then of revisions) {
          const pages = await Promise.all(
            stores.map((store, at) => read(list, store, { asOf: then[at] as string, limit: 100 })),
          )
          const [ours, theirs] = pages.map(({ items, code }) => comparable({ items, code }))
          expect(ours, name).toEqual(theirs)
        }
      await stores[0].close()
    }),
    { numRuns: 25 },
  )
}, 300_000)

type Step = 'next' | 'previous' | Write

test('every list has the pages of the memory store, forward and back, while more is written', async () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('next' as const, 'previous' as const) },
    { weight: 1, arbitrary: write([...harmless]) },
  )
  const walk = fc.record({
    before: fc.array(write([...harmless]), { minLength: 6, maxLength: 24 }),
    limit: fc.integer({ min: 1, max: 3 }),
    steps: fc.array(step, { maxLength: 16 }),
  })
  await fc.assert(
    fc.asyncProperty(walk, async ({ before, limit, steps }) => {
      const stores = await opened()
      let number = 3
      const written = (one: Write) => {
        number++
        return Promise.all(stores.map(store => apply(store, one, number)))
      }
      for (const one of before) await written(one)
      const pagesOf = (list: List, cursors: readonly (string | undefined)[]) =>
        Promise.all(
          stores.map((store, at) =>
            read(list, store, { limit, ...(cursors[at] !== undefined && { cursor: cursors[at] }) }),
          ),
        )
      const last = new Map<string, readonly Page<unknown>[]>()
      const take = async (name: string, list: List, cursors: readonly (string | undefined)[]) => {
        const pages = await pagesOf(list, cursors)
        const [ours, theirs] = pages.map(({ items, code, nextCursor, previousCursor }) => ({
          ...(comparable({ items, code }) as object),
          ends: [nextCursor === undefined, previousCursor === undefined],
        }))
        expect(ours, name).toEqual(theirs)
        last.set(name, pages)
      }
      for (const [name, list] of Object.entries(lists)) await take(name, list, [])
      for (const one of steps)
        if (typeof one === 'object') await written(one)
        else
          for (const [name, list] of Object.entries(lists)) {
            const cursors = (last.get(name) ?? []).map(page => page[`${one}Cursor`])
            if (cursors[0] !== undefined) await take(name, list, cursors)
          }
      await stores[0].close()
    }),
    { numRuns: 25 },
  )
}, 300_000)
