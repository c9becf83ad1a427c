import type {
  CopiedHealth,
  CopiedKind,
  CopiedRange,
  CopiedTombstone,
  CopyBatch,
} from '@runtape/core/internal'
import type { HealthKind, HealthSample } from '@runtape/core/store'
import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'

type Batches<Kind extends CopiedKind> = AsyncGenerator<CopyBatch<Kind>>

interface CountRow {
  readonly kind: HealthKind
  readonly reporter: string
  readonly count: number
  readonly first_at: number
  readonly last_at: number
}

export async function* healthBatches(database: Database): Batches<'health'> {
  const conflicts = await database.rows<{ hash: string; at: number }>(
    sql`SELECT hash, at FROM @health_conflicts`,
  )
  // The target counts a misdated record when the record is copied.
  const counts = await database.rows<CountRow>(
    sql`SELECT * FROM @health_counts WHERE kind <> 'misdated' OR reporter <> ''`,
  )
  const samples = await database.rows<{ kind: HealthKind; sample: string }>(
    sql`SELECT kind, sample FROM @health_samples WHERE kind <> 'misdated' ORDER BY id`,
  )
  const entries: CopiedHealth[] = [
    ...conflicts.map(({ hash, at }) => ({ conflict: hash, at })),
    ...counts.map(({ first_at, last_at, ...row }) => ({ ...row, firstAt: first_at, lastAt: last_at })),
    ...samples.map(({ kind, sample }) => ({ kind, sample: JSON.parse(sample) as HealthSample })),
  ]
  for (let at = 0; at < entries.length; at += 1000)
    yield { kind: 'health', entries: entries.slice(at, at + 1000), position: '' }
}

interface TombstoneRow {
  readonly name: string
  readonly until: number
  readonly keeps_totals: boolean
  readonly is_removal: boolean
}

/** All tombstones and ranges of removed runs, unless there are no others than after the last copy. */
export async function* removalBatches(database: Database, after: string | undefined): Batches<'removals'> {
  const state = await stateOf(database)
  if (state === after) return
  for (let name = ''; ; ) {
    const rows = await database.rows<TombstoneRow>(
      sql`SELECT name, until, keeps_totals, is_removal FROM @tombstones WHERE name > ${name} ORDER BY name LIMIT 5000`,
    )
    const last = rows.at(-1)
    if (last === undefined) break
    name = last.name
    yield { kind: 'removals', entries: rows.map(tombstoneOfRow), position: after ?? '' }
  }
  yield { kind: 'removals', entries: await rangesOf(database), position: state }
}

const tombstoneOfRow = ({ name, until, keeps_totals, is_removal }: TombstoneRow): CopiedTombstone => ({
  name,
  until: until === Infinity ? null : until,
  keepsTotals: keeps_totals,
  ...(!is_removal && { isOfRecord: true }),
})

/** Changes with each removal. */
async function stateOf(database: Database): Promise<string> {
  const [row] = await database.rows<object>(
    sql`SELECT (SELECT count(*) FROM @tombstones) AS tombstones,
      (SELECT count(*) FROM @tombstones WHERE is_removal) AS removals,
      (SELECT coalesce(sum(until) FILTER (WHERE until < 'Infinity'), 0) FROM @tombstones) AS until,
      (SELECT count(*) FROM @removed_runs) AS ranges, (SELECT max(received_at) FROM @removed_runs) AS last`,
  )
  return JSON.stringify(row)
}

interface RangeRow {
  readonly day: number
  readonly keeps_totals: boolean
  readonly since: number
  readonly until: number
  readonly first_received_at: number
  readonly received_at: number
}

async function rangesOf(database: Database): Promise<CopiedRange[]> {
  const rows = await database.rows<RangeRow>(sql`SELECT * FROM @removed_runs`)
  return rows.map(row => ({
    day: row.day,
    keepsTotals: row.keeps_totals,
    since: row.since,
    until: row.until,
    firstReceivedAt: row.first_received_at,
    removedAt: row.received_at,
  }))
}
