import { resolve } from 'node:path'
import type { HealthCount } from '@runtape/core/store'
import type { Database } from './database/database.ts'
import { keptCounts } from './health/health-counts.ts'
import { openReadOnly } from './open.ts'
import { countedAt } from './rows/received-sql.ts'
import { SetAsideFile } from './set-aside/set-aside-file.ts'

/** Counts of what a database contains. Replays are counted separately. Times are in milliseconds since the epoch. */
export interface SqliteInspection {
  readonly runs: number
  readonly runEvents: number
  readonly traces: number
  readonly spans: number
  readonly testRuns: number
  readonly lastEventAt?: number
  /** Start of the root span that was written last. */
  readonly lastTraceAt?: number
  /** Runs whose trace is unknown. */
  readonly runsWithoutTrace: number
  /** Traces without a run. */
  readonly tracesWithoutRun: number
  /** Traces with spans but no root. No list contains them. */
  readonly tracesWithoutRoot: number
  /** Spans whose process exited before they ended. */
  readonly unfinishedSpans: number
  /** Run events with an impossible time. They count at the time the store received them. */
  readonly misdatedEvents: number
  /** Run events waiting to be sent elsewhere. */
  readonly outboxWaiting: number
  /** Records that could not be stored normally: in the table `set_aside` or in the file next to the database. */
  readonly setAside: number
  /** What the store has counted, as `health.get` returns it. */
  readonly counts: readonly HealthCount[]
}

/**
 * Inspects a database without changing or creating anything.
 *
 * @throws {RuntapeError} `store-unusable` as `sqliteStore` does, and if the file does not exist
 *
 * @example
 * ```ts
 * import { inspectSqlite } from '@runtape/store-sqlite'
 *
 * const { runs, traces, unfinishedSpans } = inspectSqlite('runtape.db')
 * ```
 */
export function inspectSqlite(path: string): SqliteInspection {
  const { database, version } = openReadOnly(path)
  try {
    return version === 0 ? empty : database.attempt(() => inspect(database, path))
  } finally {
    database.close()
  }
}

const empty: SqliteInspection = {
  runs: 0,
  runEvents: 0,
  traces: 0,
  spans: 0,
  testRuns: 0,
  runsWithoutTrace: 0,
  tracesWithoutRun: 0,
  tracesWithoutRoot: 0,
  unfinishedSpans: 0,
  misdatedEvents: 0,
  outboxWaiting: 0,
  setAside: 0,
  counts: [],
}

const liveRoots = 'FROM spans AS root WHERE root.parent_span_id IS NULL AND root.test_run_id IS NULL'

function inspect(database: Database, path: string): SqliteInspection {
  const number = (sql: string) => database.get<{ n: number | null }>(`SELECT ${sql}`)?.n ?? undefined
  const count = (sql: string) => number(sql) ?? 0
  const notesTimes =
    count("COUNT(*) AS n FROM pragma_table_info('run_events') WHERE name = 'received_at'") > 0
  const lastEventAt = number(
    `MAX(${notesTimes ? countedAt : 'at'}) AS n FROM run_events WHERE replay_trace_id = ''`,
  )
  const lastTraceAt = number(`root.started_at AS n ${liveRoots} ORDER BY root.id DESC LIMIT 1`)
  return {
    runs: count("COUNT(DISTINCT run_id) AS n FROM run_events WHERE replay_trace_id = ''"),
    runEvents: count("COUNT(*) AS n FROM run_events WHERE replay_trace_id = ''"),
    traces: count(`COUNT(DISTINCT root.trace_id) AS n ${liveRoots}`),
    spans: count("COUNT(*) AS n FROM spans WHERE test_run_id IS NULL AND trace_id <> ''"),
    testRuns: count('COUNT(*) AS n FROM test_runs'),
    ...(lastEventAt !== undefined && { lastEventAt }),
    ...(lastTraceAt !== undefined && { lastTraceAt }),
    runsWithoutTrace: count(runsWithoutTrace),
    tracesWithoutRun: count(tracesWithoutRun),
    tracesWithoutRoot: count(tracesWithoutRoot),
    unfinishedSpans: count("COUNT(*) AS n FROM spans WHERE status = 'unfinished' AND test_run_id IS NULL"),
    misdatedEvents: notesTimes
      ? count(`COUNT(*) AS n FROM run_events WHERE replay_trace_id = '' AND at <> ${countedAt}`)
      : 0,
    outboxWaiting: count('COUNT(*) AS n FROM outbox'),
    setAside: new SetAsideFile(resolve(path)).lines().length + setAsideInTable(database, count),
    counts: hasTable(database, 'health_counts') ? keptCounts(database) : [],
  }
}

const setAsideInTable = (database: Database, count: (sql: string) => number): number =>
  hasTable(database, 'set_aside') ? count('COUNT(*) AS n FROM set_aside') : 0

/** Older files lack some tables. */
const hasTable = (database: Database, name: string): boolean =>
  database.get('SELECT 1 AS found FROM sqlite_schema WHERE name = ?', name) !== undefined

const runsWithoutTrace = `COUNT(*) AS n FROM (
  SELECT run_id FROM run_events WHERE replay_trace_id = '' GROUP BY run_id HAVING COUNT(trace_id) = 0
) AS run WHERE NOT EXISTS (SELECT 1 FROM spans WHERE spans.run_id = run.run_id AND spans.test_run_id IS NULL)`

const tracesWithoutRun = `COUNT(DISTINCT root.trace_id) AS n ${liveRoots}
  AND NOT EXISTS (SELECT 1 FROM spans WHERE spans.trace_id = root.trace_id AND spans.run_id IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM run_events WHERE run_events.trace_id = root.trace_id)`

const tracesWithoutRoot = `COUNT(DISTINCT child.trace_id) AS n FROM spans AS child
  WHERE child.trace_id <> '' AND child.test_run_id IS NULL AND NOT EXISTS (
    SELECT 1 FROM spans AS root WHERE root.trace_id = child.trace_id AND root.parent_span_id IS NULL)`
