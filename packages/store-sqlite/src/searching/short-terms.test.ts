import type { RunEvent, SpanRecord } from '@runtape/core'
import type { SearchQuery, Store } from '@runtape/core/store'
import { memoryStore, runEvent, span, testTime } from '@runtape/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sqliteStore } from '../sqlite-store.ts'

const hex = (value: number, length: number) => (value + 1).toString(16).padStart(length, '0')
const customers = ['ann', 'bo', 'cy']
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', ' '), minLength: 1, maxLength: 6 })
const call = fc.record({
  run: fc.nat(5),
  trace: fc.nat(4),
  kind: fc.constantFrom('root', 'child', 'comment', 'failure'),
  text,
  at: fc.nat(30),
})

type Call = typeof call extends fc.Arbitrary<infer C> ? C : never

/** A record of one of six runs of three customers, in one of five traces. */
function recordOf({ run, trace, kind, text: said, at }: Call): RunEvent | SpanRecord {
  const base = { runId: `run-${run}`, traceId: hex(trace, 32) }
  if (kind === 'root' || kind === 'child')
    return span({
      ...base,
      spanId: kind === 'root' ? hex(trace, 16) : hex(1000 * (run + 1) + 10 * at + trace + 100, 16),
      ...(kind === 'child' && { parentSpanId: hex(trace, 16) }),
      startedAt: testTime + at,
      input: { json: JSON.stringify([said]) },
    })
  const context = { kind: 'user', key: customers[run % 3] as string }
  const event = { ...base, configKey: run < 3 ? 'support' : 'sales', context, at: testTime + at }
  return kind === 'comment'
    ? runEvent({ ...event, metric: 'feedback', value: { kind: 'negative', comment: said } })
    : runEvent({
        ...event,
        metric: 'outcome',
        value: { status: 'error', error: { name: 'Error', message: said } },
      })
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

async function everyHit(store: Store, query: SearchQuery): Promise<string[]> {
  const hits: string[] = []
  for (let cursor: string | undefined; ; ) {
    const { items, nextCursor } = await store.search({ ...query, ...(cursor !== undefined && { cursor }) })
    for (const hit of items) hits.push(JSON.stringify(hit, Object.keys(hit).sort()))
    cursor = nextCursor
    if (cursor === undefined) return hits.sort()
  }
}

test('a short term with any filter has the hits of a scan in memory, on all pages and as of a revision', async () => {
  const calls = fc.array(call, { minLength: 1, maxLength: 14 })
  await fc.assert(
    fc.asyncProperty(calls, calls, fc.constantFrom('a', 'b', 'é', 'ab'), async (first, later, term) => {
      const [sqlite, memory] = [sqliteStore(':memory:', { search: true }), memoryStore()]
      for (const store of [sqlite, memory]) await store.append(first.map(recordOf))
      const then = [await sqlite.revision(), await memory.revision()] as const
      for (const store of [sqlite, memory]) await store.append(later.map(recordOf))
      for (const filter of filters) {
        const query = { text: term, ...filter }
        expect(await everyHit(sqlite, query)).toEqual(await everyHit(memory, query))
        expect(await everyHit(sqlite, { ...query, asOf: then[0] })).toEqual(
          await everyHit(memory, { ...query, asOf: then[1] }),
        )
      }
      await sqlite.close()
    }),
    { numRuns: 30 },
  )
})
