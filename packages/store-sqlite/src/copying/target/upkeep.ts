import type { CopiedHealth, CopiedRange, CopiedTombstone, CopyOutcome } from '@runtape/core/internal'
import type { HealthKind, HealthSample } from '@runtape/core/store'
import { raiseCount } from '../../carrying/carry-health.ts'
import type { Database } from '../../database/database.ts'
import { isBuriedSample, putSample } from '../../health/health-counts.ts'
import { Tombstones } from '../../removal/tombstones.ts'
import type { WriteContext } from './write-context.ts'

/** What was erased in the source is refused here too. Past bills that lack removed runs are refused as there. */
export function writeRemovals(
  { database }: WriteContext,
  entries: readonly (CopiedTombstone | CopiedRange)[],
): CopyOutcome {
  const [book, counts] = [new Tombstones(database), { copied: 0, known: 0 }]
  // Other records of its run may follow, which the source has.
  for (const entry of entries)
    if ('name' in entry && entry.isOfRecord) continue
    else if ('name' in entry) {
      const known = database.get('SELECT 1 FROM tombstones WHERE name = ?', entry.name)
      counts[known === undefined ? 'copied' : 'known']++
      book.bury(entry.name, entry)
    } else putRange(database, entry)
  return { ...counts, conflicts: [], ...leftOf(database, counts.copied) }
}

/** Records that were copied before the source removed them stay: only their hashes are known. */
function leftOf(database: Database, removals: number): Pick<CopyOutcome, 'refused'> {
  if (removals === 0 || database.get('SELECT 1 FROM copies WHERE kind = ?', 'events') === undefined) return {}
  const next = 'erase in it what was erased there, or copy into a new file'
  return {
    refused: [`${removals} removals since the last copy: the file may still have what was removed; ${next}`],
  }
}

/**
 * The removed runs had been received before everything that is copied now, so bills as of all times are refused for them.
 * A row of the same day covers both.
 */
function putRange(database: Database, { day, keepsTotals, since, until }: CopiedRange): void {
  database.run(
    `INSERT INTO removed_runs (day, keeps_totals, event_id, since, until, change_id) VALUES (?, ?, 0, ?, ?, NULL)
     ON CONFLICT (day, keeps_totals) DO UPDATE SET event_id = 0, since = min(since, excluded.since),
       until = max(until, excluded.until), change_id = NULL`,
    day,
    Number(keepsTotals),
    since,
    until,
  )
}

/** Counts of the other store are kept beside those of this one, so that copying again adds nothing. */
export function writeHealth(
  { database, source }: WriteContext,
  entries: readonly CopiedHealth[],
): CopyOutcome {
  const counts = { copied: 0, known: 0 }
  for (const entry of entries)
    if ('conflict' in entry)
      database.run(
        'INSERT INTO health_conflicts (hash, at) VALUES (?, ?) ON CONFLICT DO NOTHING',
        entry.conflict,
        entry.at,
      )
    else if ('sample' in entry) putSampleOnce(database, entry.kind, entry.sample)
    else {
      const { kind, reporter, count, firstAt, lastAt } = entry
      const row = { kind, reporter: reporter || `@copied ${source}`, first_at: firstAt, last_at: lastAt }
      counts[raiseCount(database, row, known => Math.max(known, count)) === 'copied' ? 'copied' : 'known']++
    }
  return { ...counts, conflicts: [] }
}

function putSampleOnce(database: Database, kind: HealthKind, sample: HealthSample): void {
  const sql = 'SELECT 1 FROM health_samples WHERE kind = ? AND sample_json = ?'
  const known = database.get(sql, kind, JSON.stringify(sample)) !== undefined
  if (!known && !isBuriedSample(database, sample)) putSample(database, kind, sample)
}
