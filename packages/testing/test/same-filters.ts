import type { RunEvent, SpanRecord, TapeRecord } from '@runtape/core'
import { matches, readFilter } from '@runtape/core/filter'
import type { ListedRun, RunFilter, Store, TraceSummary } from '@runtape/core/store'
import { readRunQuery, runFacts, traceFacts } from '@runtape/core/store-helpers'
import fc from 'fast-check'
import { expect } from 'vitest'
import { payload, runEvent, span, testTime } from '../src/index.ts'

const minute = 60_000
export const traceId = (index: number) => index.toString(16).padStart(32, '0')

/** A run and its trace. Runs differ in every field of filters. */
function recordsOf(index: number): TapeRecord[] {
  const at = testTime + ((index * 617) % 3000) * minute
  const fields = {
    runId: `run-${index}`,
    at,
    configKey: `config-${index % 3}`,
    variationKey: index % 2 ? 'warm' : '',
    version: index % 12,
    modelName: `gpt-${index % 4}-mini`,
    providerName: index % 7 ? 'openai' : '',
    context:
      index % 6
        ? {
            kind: index % 2 ? 'user' : 'org',
            key: `ann-${index % 40}`,
            plan: ['pro', 'free'][index % 2],
            seats: index % 3,
            teams: ['a', `b${index % 2}`],
          }
        : undefined,
    ...(index % 4 ? { traceId: traceId(index % 5 ? index : index - (index % 10)) } : {}),
  }
  const input = 9 + ((index * 31) % 900)
  const usage = {
    input,
    output: index % 5,
    total: input + (index % 5),
    ...(index % 3 && { cachedInput: index % 9 }),
  }
  const cost = index % 5 ? { nanoUsd: ((index * 17) % 5000) * 1_000_000, priceList: 'test@1' } : undefined
  const status = ['success', 'error', 'cancelled', undefined][index % 4]
  const event = (metric: string, value: unknown) =>
    runEvent({ ...fields, metric: metric as RunEvent['metric'], value: value as never })
  return [
    {
      ...event('call:1', { status: 'success', durationMs: 5, ...(index % 8 && { usage }) }),
      ...(cost && { cost }),
    },
    ...(index % 3 ? [event('duration', (index * 7) % 4000)] : []),
    ...(index % 5 ? [] : [event('time-to-first-token', (index * 3) % 900)]),
    ...(status
      ? [
          event('outcome', {
            status,
            ...(status === 'error' && { error: { name: 'RateLimit', message: `late order ${index % 3}` } }),
          }),
        ]
      : []),
    ...(index % 9
      ? []
      : [event('feedback', { kind: index % 2 ? 'negative' : 'positive', comment: 'so Late' })]),
    ...(index % 11 ? [] : [event('tool-call:1', { name: `lookup-${index % 2}` })]),
    ...(index % 6 ? [] : [event('score:polite', { score: (index % 10) / 10 })]),
    ...spansOf(index, at),
  ]
}

function spansOf(index: number, startedAt: number): SpanRecord[] {
  if (index % 4 === 0 || index % 3 === 0) return []
  const root = span({
    traceId: traceId(index),
    startedAt,
    durationMs: (index * 11) % 3000,
    sessionId: `session-${index % 20}`,
    tags: index % 2 ? ['vip', `t${index % 5}`] : undefined,
    status: index % 10 ? 'ok' : 'cancelled',
    input: payload([{ subject: index % 13 ? 'A lamp' : 'A LATE order' }]),
  })
  const { traceId: of, spanId } = root
  const call = span({
    traceId: of,
    parentSpanId: spanId,
    key: `call-${index % 6}`,
    type: index % 2 ? 'tool' : 'llm',
  })
  return [root, ...(index % 7 ? [{ ...call, startedAt }] : [])]
}

/** Root spans without a run. */
const untracked = (index: number): SpanRecord =>
  span({
    traceId: traceId(100_000 + index),
    startedAt: testTime + index * minute,
    status: (['ok', 'error', 'abandoned'] as const)[index % 3],
    tags: ['vip'],
    ...(index % 3 === 1 && { error: { name: 'TypeError', message: 'late order 1', value: payload(null) } }),
  })

/** Runs and traces that differ in every field of filters, and some traces without a run. */
export const filteredRecords = (count: number): TapeRecord[] => [
  ...Array.from({ length: count }, (_, index) => recordsOf(index)).flat(),
  ...Array.from({ length: 30 }, (_, index) => untracked(index)),
]

/** Events that change some of these runs. */
export const laterScores = (count: number): RunEvent[] =>
  Array.from({ length: 50 }, (_, index) =>
    runEvent({ runId: `run-${(index * 41) % count}`, metric: 'score:late', value: { score: index / 50 } }),
  )

const of = (...values: readonly string[]) => fc.constantFrom(...values)
const list = (field: string, values: fc.Arbitrary<string>) =>
  fc.array(values, { minLength: 1, maxLength: 3 }).map(some => `${field}:${some.join(',')}`)
const amount = (field: string, values: fc.Arbitrary<string>) =>
  fc.oneof(
    fc.tuple(of('>', '<', '>=', '<=', ':'), values).map(([operator, value]) => field + operator + value),
    fc.tuple(values, values).map(([a, b]) => `${field}:${a}..${b}`),
    list(field, fc.oneof(values, fc.constant('unknown'))),
  )
const time = fc.nat(3000).map(at => new Date(testTime + at * minute).toISOString())
const positive = fc.oneof(
  list('status', of('success', 'error', 'cancelled', 'unfinished')),
  list('feedback', of('positive', 'negative', 'none')),
  list('config', of('config-1', 'config-*', '*2', 'none')),
  list('variation', of('warm', '""', 'w*')),
  list('version', of('1', '1*', '11', '07', 'x')),
  list('model', of('gpt-1-mini', 'gpt-*', '*2*', '*')),
  list('provider', of('openai', '""', 'open*')),
  list('user', of('ann-3', 'ann-1*', '*', 'bob')),
  list('context.plan', of('pro', 'fr*', '*')),
  list('context.kind', of('user', 'o*')),
  list('context.key', of('ann-3', '*-7')),
  list('context.seats', of('1', '2')),
  list('context.teams', of('b1', 'a')),
  list('session', of('session-3', 'session-1*')),
  list('tag', of('vip', 't*', 't3')),
  list('key', of('support.answer', 'call-1', 'call-*')),
  list('tool', of('lookup-1', 'lookup-*', 'call-3')),
  list('error', of('RateLimit', '"late order 1"', '*order*', 'TypeError')),
  list('run', of('run-7', 'run-8', 'run-12*')),
  list('trace', of(traceId(7), traceId(11), `${traceId(20)}`, '*f')),
  amount('cost', of('0', '1.5', '$3', '4.2')),
  amount('tokens', of('5', '300', '0.5k')),
  amount('in', of('31', '400')),
  amount('out', of('1', '3')),
  amount('cached', of('2', '7')),
  amount('duration', of('700', '1s', '2.5s', '0')),
  amount('ttft', of('90ms', '0.3s')),
  amount('score.polite', of('0.2', '0.6')),
  amount('score.late', of('0.5')),
  time.map(at => `since:${at}`),
  time.map(at => `until:${at}`),
  of('late', '"late order"', 'LAMP', 'nothing'),
)
const term = fc.tuple(fc.boolean(), positive).map(([isNegated, text]) => (isNegated ? '-' : '') + text)
const filter = fc.array(term, { minLength: 1, maxLength: 3 }).map(terms => terms.join(' '))

const sort = fc.constantFrom('time', 'cost', 'tokens', 'duration')

export async function listedRuns(
  store: Store,
  query: RunFilter & object,
  limit = 3000,
): Promise<ListedRun[]> {
  const runs: ListedRun[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await store.runs.list({ ...query, limit, ...(cursor !== undefined && { cursor }) })
    runs.push(...page.items)
    cursor = page.nextCursor
    if (cursor === undefined) return runs
  }
}

async function traces(store: Store, where: string, limit = 3000): Promise<TraceSummary[]> {
  const found: TraceSummary[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await store.traces.list({ where, limit, ...(cursor !== undefined && { cursor }) })
    found.push(...page.items)
    cursor = page.nextCursor
    if (cursor === undefined) return found
  }
}

const ids = (runs: readonly { readonly runId: string }[]) => runs.map(({ runId }) => runId).sort()

/** A filter whose period is not reversed. */
const isPossible = (where: string) => {
  try {
    readRunQuery({ where })
    return true
  } catch {
    return false
  }
}

/** Random filters select the same runs and traces in both stores, and by the facts of each run. */
export async function assertSameFilters(
  { tested, memory }: { readonly tested: Store; readonly memory: Store },
  numRuns: number,
): Promise<void> {
  const everything = await listedRuns(tested, {})
  const spans = new Map<string, SpanRecord[]>()
  for (const { traceId = '' } of everything)
    if (!spans.has(traceId)) spans.set(traceId, [...((await tested.traces.get(traceId))?.spans ?? [])])
  await fc.assert(
    fc.asyncProperty(filter.filter(isPossible), sort, async (where, by) => {
      const conditions = readFilter(where)
      const expected = everything.filter(run => {
        const facts = runFacts(run, traceFacts(spans.get(run.traceId ?? '') ?? []))
        const timed = {
          ...facts,
          amount: (field: string) => (field === 'time' ? run.firstAt : facts.amount(field)),
        }
        return matches(conditions, timed)
      })
      const found = await listedRuns(tested, { where, sort: by } as RunFilter, 700)
      expect(ids(found), where).toEqual(ids(expected))
      const first = await memory.runs.list({ where, sort: by, limit: 3 })
      expect(ids(expected)).toEqual(expect.arrayContaining(ids(first.items)))
      expect(first.items.length).toBe(Math.min(3, expected.length))
      const [bill] = await tested.runs.usage({ where })
      expect(bill?.runs).toBe(expected.length)
      expect(bill?.cost?.nanoUsd ?? 0).toBe(expected.reduce((sum, { nanoUsd = 0 }) => sum + nanoUsd, 0))
      expect(await tested.runs.usage({ where, groupBy: ['model', 'day'] })).toEqual(
        await memory.runs.usage({ where, groupBy: ['model', 'day'] }),
      )
      const facet = { where, field: 'error' } as const
      expect(await tested.runs.facets(facet)).toEqual(await memory.runs.facets(facet))
      expect(await traces(tested, where, 100), where).toEqual(await traces(memory, where))
    }),
    { numRuns },
  )
}
