import type { CopiedHealth, CopiedRange, CopiedTombstone, CopyBatch } from '@runtape/core/internal'
import type { HealthKind, HealthSample } from '@runtape/core/store'
import type { Database } from '../../database/database.ts'

interface CountRow {
  readonly kind: HealthKind
  readonly reporter: string
  readonly count: number
  readonly first_at: number
  readonly last_at: number
}

/** The target counts a misdated record when the record is copied. */
const isCountedAgain = ({ kind, reporter }: { kind: HealthKind; reporter?: string }): boolean =>
  kind === 'misdated' && !reporter

export function* healthBatches(database: Database): Generator<CopyBatch<'health'>> {
  const conflicts = database.all<{ hash: string; at: number }>('SELECT hash, at FROM health_conflicts')
  const counts = database.all<CountRow>('SELECT * FROM health_counts')
  const samples = database.all<{ kind: HealthKind; sample_json: string }>(
    'SELECT kind, sample_json FROM health_samples ORDER BY id',
  )
  const entries: CopiedHealth[] = [
    ...conflicts.map(({ hash, at }) => ({ conflict: hash, at })),
    ...counts
      .filter(row => !isCountedAgain(row))
      .map(({ first_at, last_at, ...row }) => ({ ...row, firstAt: first_at, lastAt: last_at })),
    ...samples
      .filter(row => !isCountedAgain(row))
      .map(({ kind, sample_json }) => ({ kind, sample: JSON.parse(sample_json) as HealthSample })),
  ]
  for (let at = 0; at < entries.length; at += 1000)
    yield { kind: 'health', entries: entries.slice(at, at + 1000), position: '' }
}

/** All tombstones and ranges of removed runs, unless there are no others than after the last copy. */
export function* removalBatches(
  database: Database,
  after: string | undefined,
): Generator<CopyBatch<'removals'>> {
  const state = stateOf(database)
  if (state === after) return
  for (let name = ''; ; ) {
    const rows = database.all<{ name: string; until: number | null; keeps_totals: number }>(
      'SELECT name, until, keeps_totals FROM tombstones WHERE name > ? ORDER BY name LIMIT 5000',
      name,
    )
    const last = rows.at(-1)
    if (last === undefined) break
    name = last.name
    const entries = rows.map(
      (row): CopiedTombstone => ({
        name: row.name,
        until: row.until,
        keepsTotals: row.keeps_totals === 1,
      }),
    )
    yield { kind: 'removals', entries, position: after ?? '' }
  }
  yield { kind: 'removals', entries: rangesOf(database), position: state }
}

/** Changes with each removal. */
const stateOf = (database: Database): string =>
  JSON.stringify(
    database.get(
      `SELECT (SELECT count(*) FROM tombstones) AS tombstones, (SELECT total(until) FROM tombstones) AS until,
         (SELECT count(*) FROM removed_runs) AS ranges, (SELECT total(change_id) FROM removed_runs) AS changes`,
    ),
  )

interface RangeRow {
  readonly day: number
  readonly keeps_totals: number
  readonly event_id: number
  readonly since: number
  readonly until: number
  readonly removed_at: number | null
  readonly before: number | null
}

const rangesOf = (database: Database): CopiedRange[] =>
  database
    .all<RangeRow>(
      // The first event itself is gone. It was received when, or after, the one before it was.
      `SELECT removed_runs.*,
         (SELECT received_at FROM run_events WHERE id < event_id AND received_at IS NOT NULL ORDER BY id DESC LIMIT 1) AS before,
         (SELECT received_at FROM changes WHERE id = change_id) AS removed_at
       FROM removed_runs`,
    )
    .map(row => ({
      day: row.day,
      keepsTotals: row.keeps_totals === 1,
      since: row.since,
      until: row.until,
      firstReceivedAt: row.before ?? 0,
      removedAt: row.removed_at,
    }))
