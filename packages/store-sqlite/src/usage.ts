import type { Run, UsageDimension, UsageQuery, UsageRow } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import {
  billOfRun,
  bookingsOf,
  type Checked,
  calendar,
  calendarTime,
  compareGroups,
  sumTooLarge,
} from '@runtape/core/store-helpers'
import { Conditions } from './conditions.ts'
import type { Database } from './database.ts'
import type { SqlValue } from './handle.ts'
import { runsWithIds } from './run-rows.ts'
import { RowSums } from './usage-row.ts'
import { modelOfCalls, oddRunsSql, type UsageSqlParts, type UsageSqlRow, usageSql } from './usage-sql.ts'

/**
 * The bill: one row for each group, in the order of the groups.
 *
 * @throws {RuntapeError} `sum-too-large`
 */
export function selectUsage(database: Database, query: Checked<UsageQuery>): UsageRow[] {
  const groupBy = [...new Set(query.groupBy ?? [])]
  const { parts, params } = partsOf(query, groupBy)
  // What other processes write between the two queries must not be in one of them alone.
  return database.snapshot(() => {
    const rows = selectSums(() => database.select<UsageSqlRow>(usageSql(parts), params))
    const sums = rows.map(row => new RowSums(groupOfRow(row, groupBy), row))
    const hasOdd = rows.some(row => row.odd_runs > 0)
    const all = hasOdd ? withOddRuns(sums, oddRuns(database, parts, params), groupBy) : sums
    return all.map(row => row.usage())
  })
}

function partsOf(
  query: Checked<UsageQuery>,
  groupBy: readonly UsageDimension[],
): { readonly parts: UsageSqlParts; readonly params: SqlValue[] } {
  const groups = groupBy.map(dimension => dimensions[dimension])
  const events = candidates(query)
  const runs = new Conditions()
    .add('true')
    .addIf(`${firstAt} >= ?`, query.since)
    .addIf(`${firstAt} < ?`, query.until)
    .addIf(`${dimensions.config} = ?`, query.configKey)
    .addIf(`${dimensions.contextKind} = ?`, query.contextKind)
    .addIf(`${dimensions.contextKey} = ?`, query.contextKey)
  const parts = { groups, events: events.sql, runs: runs.sql, byModel: groupBy.includes('model') }
  return { parts, params: [...events.params, ...runs.params] }
}

type OddRow = Pick<UsageSqlRow, `group_${number}`> & { readonly run_id: string }

interface OddRun {
  readonly row: OddRow
  readonly run: Run
}

/** So many at a time are in memory with their events. */
const oddRunsAtOnce = 500

function* oddRuns(database: Database, parts: UsageSqlParts, params: readonly SqlValue[]): Generator<OddRun> {
  const rows = database.select<OddRow>(oddRunsSql(parts), params)
  for (let start = 0; start < rows.length; start += oddRunsAtOnce) {
    const some = new Map(rows.slice(start, start + oddRunsAtOnce).map(row => [row.run_id, row]))
    for (const run of runsWithIds(database, [...some.keys()], Number.MAX_SAFE_INTEGER)) {
      const row = some.get(run.runId)
      if (row) yield { row, run }
    }
  }
}

/** The rows with what the odd runs used, and rows for models that no run is counted under. */
function withOddRuns(
  sums: readonly RowSums[],
  runs: Iterable<OddRun>,
  groupBy: readonly UsageDimension[],
): RowSums[] {
  const byModel = groupBy.includes('model')
  const byGroup = new Map(sums.map(row => [JSON.stringify(row.group), row]))
  for (const { row, run } of runs) {
    for (const booking of bookingsOf(billOfRun(run), byModel)) {
      const group = { ...groupOfRow(row, groupBy), ...(byModel && { model: booking.model }) }
      const key = JSON.stringify(group)
      const into = byGroup.get(key) ?? new RowSums(group)
      byGroup.set(key, into)
      into.add(booking)
    }
  }
  return [...byGroup.values()].sort((a, b) => compareGroups(a.group, b.group, groupBy))
}

/** Live events, among which is the first one of every run that counts: so that an index finds the runs. */
function candidates({ since, until, configKey }: Checked<UsageQuery>): Conditions {
  if (since === undefined && until === undefined && configKey === undefined)
    return new Conditions().add('true')
  const { sql, params } = new Conditions()
    .add("replay_trace_id = ''")
    .addIf('at >= ?', since)
    .addIf('at < ?', until)
    .addIf('config_key = ?', configKey)
  return new Conditions().add(`event.run_id IN (SELECT run_id FROM run_events WHERE ${sql})`, ...params)
}

const firstAt = 'min(event.at)'
const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Stands for the time of a run that no calendar holds; before all others, as its label is `''`. */
const noTime = -1e12

/** The number of the hour, day or second since the Unix epoch in which a run began; rounded down, also before 1970. */
const since1970 = (ms: number): string => `CASE WHEN ${firstAt} BETWEEN ${calendar.first} AND ${calendar.last}
          THEN CAST((${firstAt} - ${calendar.first}) / ${ms} AS INTEGER) + ${calendar.first / ms} ELSE ${noTime} END`

/** What each dimension is, over the live events of a run. */
const dimensions: Readonly<Record<UsageDimension, string>> = {
  // Numbers sort faster than texts: `labels` says what they stand for.
  hour: since1970(hourMs),
  day: since1970(dayMs),
  month: `coalesce(strftime('%Y-%m', nullif(${since1970(1000)}, ${noTime}), 'unixepoch'), '')`,
  config: firstKnown('config_key', 'IS NOT NULL'),
  variation: firstKnown('variation_key', 'IS NOT NULL'),
  version: firstKnown('version', 'IS NOT NULL'),
  model: `coalesce(nullif(${modelOfCalls}, ''), ${firstKnown('model_name', "<> ''")})`,
  provider: firstKnown('provider_name', "<> ''"),
  contextKind: firstKnown('context_kind', 'IS NOT NULL'),
  contextKey: firstKnown('context_key', 'IS NOT NULL'),
}

/** What a row says of a dimension that is grouped by something shorter. */
const labels: Partial<Record<UsageDimension, (value: number) => string>> = {
  hour: hour => calendarTime(hour * hourMs).slice(0, 13),
  day: day => calendarTime(day * dayMs).slice(0, 10),
}

function groupOfRow(
  row: Pick<UsageSqlRow, `group_${number}`>,
  groupBy: readonly UsageDimension[],
): UsageRow['group'] {
  const entries = groupBy.map((dimension, index) => {
    const value = row[`group_${index}`]
    return [dimension, labels[dimension]?.(Number(value)) ?? String(value)]
  })
  return Object.fromEntries(entries)
}

/**
 * A resumed event knows no model and no context: the run has the first that is known. Mostly all events say the
 * same, and nothing has to be looked up.
 */
function firstKnown(column: string, isKnown: string): string {
  const known = `event.${column}) FILTER (WHERE event.${column} ${isKnown})`
  return `iif(min(${known} IS max(${known}, coalesce(min(${known}, ''), (
          SELECT known.${column} FROM run_events AS known
          WHERE known.run_id = event.run_id AND known.replay_trace_id = '' AND known.${column} ${isKnown}
          ORDER BY known.at, known.id LIMIT 1))`
}

/** Rows of sums; one beyond what even the database can hold is an error of its own. */
function selectSums<Row>(select: () => Row[]): Row[] {
  try {
    return select()
  } catch (error) {
    if (messageOf(error).includes('integer overflow'))
      throw sumTooLarge('tokens or cost', 'is too large', error)
    throw error
  }
}
