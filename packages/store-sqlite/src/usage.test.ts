import { DatabaseSync } from 'node:sqlite'
import type { MetricValue, RunEvent } from '@runtape/core'
import type { PointInTime, UsageDimension, UsageQuery } from '@runtape/core/store'
import { readUsageQuery } from '@runtape/core/store-helpers'
import { memoryStore, runEvent, testTime } from '@runtape/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sqliteStore } from './sqlite-store.ts'

const anyUsage = fc.record(
  {
    input: fc.nat(1000),
    output: fc.nat(1000),
    total: fc.nat(2000),
    cachedInput: fc.nat(10),
    cacheWrite: fc.nat(10),
    reasoning: fc.nat(10),
  },
  { requiredKeys: ['input', 'output', 'total'] },
)

// Small numbers, so that tokens often equal the sum of their calls.
const usage = fc.oneof(
  anyUsage,
  fc.integer({ min: 1, max: 3 }).map(input => ({ input, output: 0, total: input })),
)

const model = fc.constantFrom('m1', 'm2', 'm3')

const call = fc.oneof(
  fc.record(
    { status: fc.constant('success'), durationMs: fc.nat(9), usage, model },
    { requiredKeys: ['status', 'durationMs', 'usage'] },
  ),
  fc.record(
    { status: fc.constant('error'), durationMs: fc.constant(3), model },
    { requiredKeys: ['status', 'durationMs'] },
  ),
)

// At least a femtosecond: SQLite up to 3.47 does not keep the last digit of smaller numbers.
const milliseconds = fc.oneof(fc.constant(0), fc.double({ min: 1e-12, max: 1e6, noNaN: true }))

const metric = fc.oneof(
  fc.tuple(fc.constantFrom('tokens'), usage),
  fc.tuple(fc.constantFrom('call:1', 'call:2', 'call:3'), call),
  fc.tuple(fc.constantFrom('duration', 'time-to-first-token'), milliseconds),
  fc.tuple(fc.constant('outcome'), fc.record({ status: fc.constantFrom('success', 'error') })),
  fc.tuple(fc.constant('feedback'), fc.record({ kind: fc.constantFrom('positive', 'negative') })),
  fc.tuple(fc.constant('tool-call:1'), fc.constant({ name: 'lookup' })),
)

const hour = 3_600_000
const nearby = fc.integer({ min: -40, max: 40 }).map(hours => testTime + hours * hour)
const somewhen = fc.oneof(
  { weight: 9, arbitrary: nearby },
  {
    weight: 1,
    arbitrary: fc
      .double({ noNaN: true, noDefaultInfinity: true, max: 1e300, min: -1e300 })
      .map(at => Math.round(at * 4) / 4),
  },
)

/** Events of a few runs with little in common: resumed, simultaneous, partly priced, replayed. */
const event: fc.Arbitrary<RunEvent> = fc
  .record({
    slot: metric,
    runId: fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5'),
    at: somewhen,
    configKey: fc.constantFrom('a', 'a', 'a', 'b'),
    variationKey: fc.constantFrom('', 'warm'),
    version: fc.constantFrom(2, 10),
    modelName: fc.constantFrom('', 'm1', 'm2'),
    providerName: fc.constantFrom('', 'p1'),
    context: fc.constantFrom(undefined, { kind: 'user', key: 'u1' }, { kind: 'org', key: 'o1' }),
    scope: fc.constantFrom(undefined, 'a', 'a', 'b'),
    nanoUsd: fc.option(fc.maxSafeNat().map(most => Math.floor(most / 100))),
    replay: fc.constantFrom(undefined, undefined, undefined, { testRunId: 't', traceId: 'a'.repeat(32) }),
  })
  .map(({ slot: [metric, value], nanoUsd, scope, ...fields }) => {
    const hasUsage = metric === 'tokens' || (metric.startsWith('call:') && 'usage' in (value as object))
    const cost = hasUsage && nanoUsd !== null ? { nanoUsd, priceList: 'test@1' } : undefined
    const own = metric === 'tokens' || metric.startsWith('call:') ? { scope } : {}
    return runEvent({
      ...fields,
      ...own,
      metric: metric as RunEvent['metric'],
      value: value as MetricValue,
      cost,
    })
  })

const dimensions: UsageDimension[] = [
  'bucket',
  ...(['hour', 'day', 'month', 'config', 'variation', 'version'] as const),
  ...(['model', 'provider', 'contextKind', 'contextKey'] as const),
]

/** In each format that a query accepts. */
const queryTime: fc.Arbitrary<PointInTime> = fc.oneof(
  nearby,
  nearby.map(at => at + 0.25),
  nearby.map(at => new Date(at)),
  nearby.map(at => new Date(at).toISOString()),
  nearby.map(at => new Date(at).toISOString().slice(0, 10)),
  fc.constantFrom('3650d', 8.64e15),
)

/** Usually no filter, otherwise one or two fields. */
const filter = fc.record(
  {
    configKey: fc.constantFrom('a', 'b'),
    variationKey: fc.constantFrom('', 'warm'),
    version: fc.constantFrom(2, 10),
    model: fc.constantFrom('', 'm1', 'm2'),
    provider: fc.constantFrom('', 'p1'),
    contextKind: fc.constantFrom('user', 'org'),
    contextKey: fc.constantFrom('u1', 'o1'),
    outcome: fc.constantFrom('success', 'error', 'unfinished'),
    feedback: fc.constantFrom('positive', 'negative', 'none'),
    maxDurationMs: fc.constantFrom(0, 10, 5e5),
    minTokens: fc.constantFrom(0, 3, 500),
    minNanoUsd: fc.constantFrom(0, 1e12),
  },
  { requiredKeys: [] },
)

const few = filter.map(all => Object.fromEntries(Object.entries(all).slice(-2)))

const query: fc.Arbitrary<UsageQuery> = fc
  .tuple(
    fc.record(
      {
        groupBy: fc.subarray(dimensions, { maxLength: 3 }),
        since: queryTime,
        until: queryTime,
        timeZone: fc.constantFrom('Europe/Berlin', 'Asia/Kathmandu', 'America/New_York'),
        orderBy: fc.constantFrom('group', 'runs', 'cost', 'tokens'),
        limit: fc.constantFrom(1, 2, 100),
      },
      { requiredKeys: ['groupBy'] },
    ),
    fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 3, arbitrary: few }),
    fc.constantFrom(1000, 900_000, 5_400_000, 21_600_000, 604_800_000),
  )
  .map(
    ([asked, only, bucketMs]): UsageQuery => ({
      ...asked,
      ...only,
      ...(asked.groupBy.includes('bucket') && { bucketMs }),
    }),
  )
  // All stores refuse the same invalid queries, such as an end before the start.
  .filter(asked => {
    try {
      readUsageQuery(asked)
      return true
    } catch {
      return false
    }
  })

/** Events, those after a revision, and costs that arrive even later, for events by their index. */
const history = fc.record({
  events: fc.array(event, { maxLength: 20 }),
  after: fc.array(event, { maxLength: 10 }),
  costs: fc.array(fc.tuple(fc.nat(29), fc.nat(1_000_000)), { maxLength: 5 }),
})

const hasUsage = ({ metric, value }: RunEvent): boolean =>
  metric === 'tokens' || (metric.startsWith('call:') && 'usage' in (value as object))

const withCosts = (events: readonly RunEvent[], costs: readonly (readonly [number, number])[]): RunEvent[] =>
  costs.flatMap(([place, nanoUsd]) => {
    const found = events[place % Math.max(1, events.length)]
    return found && hasUsage(found) ? [{ ...found, cost: { nanoUsd, priceList: 'test@2' } }] : []
  })

test('every bill equals that of the memory store, immediately and later', async () => {
  const property = fc.asyncProperty(history, query, async ({ events, after, costs }, asked) => {
    const bills = await Promise.all(
      [sqliteStore(':memory:'), memoryStore()].map(async store => {
        await store.append(events)
        const before = rounded(await store.runs.usage(asked))
        const asOf = await store.revision()
        await store.append(after)
        await store.append(withCosts([...events, ...after], costs))
        const now = rounded(await store.runs.usage(asked))
        const then = rounded(await store.runs.usage({ ...asked, asOf }))
        expect(then).toEqual(before)
        const { orderBy: _, limit: __, ...inGroups } = asked
        const adjustments = await store.runs.usage({ ...inGroups, asOf, adjustments: true })
        await store.close()
        return { now, then, adjustments }
      }),
    )
    expect(bills[0]).toEqual(bills[1])
  })
  await fc.assert(property, { numRuns: 300 })
}, 120_000)

/** Means may differ in the last digit, because the times are summed in another order. */
const rounded = (rows: unknown): unknown =>
  JSON.parse(JSON.stringify(rows, (key, value) => (key === 'mean' ? Math.round(value * 1e3) : value)))

test('calls that an older schema stored without a model column are booked by their model', async () => {
  const database = new DatabaseSync(':memory:')
  const store = sqliteStore(database)
  const usage = { input: 1, output: 0, total: 1 }
  const calls = ['m1', 'm2', undefined].map((named, index) =>
    runEvent({
      runId: 'r1',
      metric: `call:${index}`,
      value: { status: 'success', durationMs: 5, usage, ...(named && { model: named }) },
    }),
  )
  await store.append(calls)
  database.exec('UPDATE run_events SET call_model = NULL')
  const rows = await store.runs.usage({ groupBy: ['model'] })
  expect(rows.map(row => [row.group.model, row.runs, row.tokens?.total])).toEqual([
    ['m1', 1, 1],
    ['m2', 0, 1],
    ['test-model', 0, 1],
  ])
  await store.close()
})
