import type { RunEvent, SpanRecord } from '@runtape/core'
import type { SearchQuery, Store } from '@runtape/core/store'
import fc from 'fast-check'
import { expect } from 'vitest'
import { runEvent, span, testTime } from '../src/index.ts'

/** Two stores that get the same records. */
interface SearchedStores {
  readonly tested: Store
  readonly memory: Store
}

/** Opens two empty stores. */
export type OpenStores = () => Promise<SearchedStores> | SearchedStores

export const jsonOf = (value: unknown) => ({ json: JSON.stringify(value) })

/** Every hit of all pages, as sorted JSON. */
async function everyHit(store: Store, query: SearchQuery): Promise<string[]> {
  const hits: string[] = []
  for (let cursor: string | undefined; ; ) {
    const { items, nextCursor } = await store.search({ ...query, ...(cursor !== undefined && { cursor }) })
    for (const hit of items) hits.push(JSON.stringify(hit, Object.keys(hit).sort()))
    cursor = nextCursor
    if (cursor === undefined) return hits.sort()
  }
}

async function assertSame({ tested, memory }: SearchedStores, query: SearchQuery): Promise<void> {
  expect(await everyHit(tested, query)).toEqual(await everyHit(memory, query))
}

const both = async (
  { tested, memory }: SearchedStores,
  records: readonly (RunEvent | SpanRecord)[],
): Promise<void> => {
  await tested.append(records)
  await memory.append(records)
}

const letter = fc.constantFrom(
  ...['a', 'B', 'ß', 'ẞ', 'Σ', 'ς', 'ü', 'u\u0308', '界', '😀', '"', '%', '\0'],
  ...['\ud800', ' ', 'İ', 'ı', '\uffff', '_', '\\', '7', '\u00a0', '\x01'],
)

interface Said {
  readonly text: string
  readonly kind: string
  readonly at: number
}

function recordOf({ text, kind, at }: Said): RunEvent | SpanRecord {
  const startedAt = testTime + at
  if (kind === 'input') return span({ startedAt, input: jsonOf({ text }) })
  if (kind === 'output') return span({ startedAt, output: jsonOf([text, text]) })
  if (kind === 'comment')
    return runEvent({ at: startedAt, metric: 'feedback', value: { kind: 'negative', comment: text } })
  const error = { name: 'Error', message: text }
  return runEvent({ at: startedAt, metric: 'outcome', value: { status: 'error', error } })
}

/** Any texts and terms are found as by a scan in memory. */
export async function assertSameTexts(open: OpenStores, numRuns: number): Promise<void> {
  const text = fc.string({ unit: letter, maxLength: 12 })
  const kind = fc.constantFrom('input', 'output', 'comment', 'error')
  const said = fc.record({ text, kind, at: fc.nat(20) })
  await fc.assert(
    fc.asyncProperty(fc.array(said, { maxLength: 8 }), text, fc.nat(), async (all, any, pick) => {
      // Half of the terms are in a text.
      const { text: one = '' } = all[pick % (2 * all.length)] ?? {}
      const term = one.slice(pick % 3) || any
      if (term.trim() === '') return
      const stores = await open()
      await both(stores, all.map(recordOf))
      for (const query of [
        { limit: 2 },
        { limit: 2, since: testTime + 5 },
        { outcome: 'unfinished' },
      ] as const)
        await assertSame(stores, { text: term, ...query })
      await stores.tested.close()
    }),
    { numRuns },
  )
}

const hex = (value: number, length: number) => (value + 1).toString(16).padStart(length, '0')
const customers = ['ann', 'bo', 'cy']
const call = fc.record({
  run: fc.nat(5),
  trace: fc.nat(4),
  kind: fc.constantFrom('root', 'child', 'comment', 'failure'),
  text: fc.string({ unit: fc.constantFrom('a', 'b', 'é', ' '), minLength: 1, maxLength: 6 }),
  at: fc.nat(30),
})

type Call = typeof call extends fc.Arbitrary<infer C> ? C : never

/** A record of one of six runs of three customers, in one of five traces. */
function recordOfCall({ run, trace, kind, text: said, at }: Call): RunEvent | SpanRecord {
  const base = { runId: `run-${run}`, traceId: hex(trace, 32) }
  if (kind === 'root' || kind === 'child')
    return span({
      ...base,
      spanId: kind === 'root' ? hex(trace, 16) : hex(1000 * (run + 1) + 10 * at + trace + 100, 16),
      ...(kind === 'child' && { parentSpanId: hex(trace, 16) }),
      startedAt: testTime + at,
      input: jsonOf([said]),
    })
  const context = { kind: 'user', key: customers[run % 3] as string }
  const event = { ...base, configKey: run < 3 ? 'support' : 'sales', context, at: testTime + at }
  const error = { name: 'Error', message: said }
  return kind === 'comment'
    ? runEvent({ ...event, metric: 'feedback', value: { kind: 'negative', comment: said } })
    : runEvent({ ...event, metric: 'outcome', value: { status: 'error', error } })
}

const filters: readonly Omit<SearchQuery, 'text'>[] = [
  { contextKind: 'user', contextKey: 'ann' },
  { configKey: 'support', limit: 2 },
  { outcome: 'error' },
  { feedback: 'negative', limit: 1 },
  { traceId: hex(1, 32) },
  { where: 'user:bo' },
  { where: 'run:run-1,run-4', limit: 2 },
  { configKey: 'support', since: testTime + 5, until: testTime + 20 },
]

/** A term of these with any filter is found as by a scan in memory, on all pages and as of a revision. */
export async function assertSameInRuns(
  open: OpenStores,
  terms: readonly string[],
  numRuns: number,
): Promise<void> {
  const calls = fc.array(call, { minLength: 1, maxLength: 14 })
  await fc.assert(
    fc.asyncProperty(calls, calls, fc.constantFrom(...terms), async (first, later, text) => {
      const stores = await open()
      await both(stores, first.map(recordOfCall))
      const then = [await stores.tested.revision(), await stores.memory.revision()] as const
      await both(stores, later.map(recordOfCall))
      for (const filter of filters) {
        await assertSame(stores, { text, ...filter })
        expect(await everyHit(stores.tested, { text, ...filter, asOf: then[0] })).toEqual(
          await everyHit(stores.memory, { text, ...filter, asOf: then[1] }),
        )
      }
      await stores.tested.close()
    }),
    { numRuns },
  )
}
