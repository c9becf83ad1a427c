import type { HealthKind, HealthSample } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import { isBuriedSample, putSample } from '../health/health-counts.ts'
import { noteCounted } from '../history/next-change.ts'
import { type CarriedRow, type Fate, insertRow } from './carried-row.ts'
import { grownCountsSql } from './changed-rows.ts'
import type { OldFile, Row } from './old-file.ts'

type Count = { readonly count: number; readonly first_at: number; readonly last_at: number }

/** The next file counts a misdated record when the record is copied. */
const countedAgain: HealthKind = 'misdated'

/**
 * What was counted since the last check. Each process copies what it counted itself; the total that a recorder reported
 * includes its earlier reports.
 */
export function* carriedHealth(old: OldFile): Generator<CarriedRow> {
  const hashes = `SELECT * FROM health_conflicts WHERE ${old.changed('health_conflicts')}`
  const isNew = new Set<unknown>()
  for (const row of old.all('health_conflicts', hashes))
    yield {
      write: next => {
        const isThere =
          next.get('SELECT 1 FROM health_conflicts WHERE hash = ?', row.hash ?? null) !== undefined
        if (isThere) return 'known'
        isNew.add(row.hash)
        insertRow(next, 'health_conflicts', row)
        return 'copied'
      },
    }
  const reports = `SELECT * FROM health_counts WHERE (reporter <> '' OR ${old.isWhole}) AND ${old.changed('health_counts')}`
  for (const row of old.all('health_counts', reports))
    yield {
      kind: 'counts',
      write: next => raiseCount(next, row, known => Math.max(known, Number(row.count))),
    }
  for (const { kind, amount } of old.isWhole ? [] : old.all('health_counts', grownCountsSql)) {
    const own = "SELECT * FROM health_counts WHERE kind = ? AND reporter = ''"
    const [row] = old.tryAll<Row>(own, kind ?? null) ?? []
    // A conflict that the next file has already counted is the same one.
    const grown = () => (kind === 'conflict' ? isNew.size : Number(amount))
    if (row && kind !== countedAgain)
      yield { kind: 'counts', write: next => raiseCount(next, row, known => known + grown()) }
  }
  for (const row of old.byId('health_samples', old.changed('health_samples')))
    if (row.kind !== countedAgain) yield { write: next => putSampleOf(next, row) }
}

export function raiseCount(next: Database, row: Row, countOf: (known: number) => number): Fate {
  const { kind = null, reporter = null } = row
  const known = next.get<Count>(
    'SELECT count, first_at, last_at FROM health_counts WHERE kind = ? AND reporter = ?',
    kind,
    reporter,
  )
  const count = countOf(known?.count ?? 0)
  if (count === (known?.count ?? 0)) return 'known'
  const first_at = Math.min(known?.first_at ?? Infinity, Number(row.first_at))
  const last_at = Math.max(known?.last_at ?? 0, Number(row.last_at))
  insertRow(next, 'health_counts', { kind, reporter, count, first_at, last_at }, 'INSERT OR REPLACE')
  noteCounted(next, 'health')
  return 'copied'
}

function putSampleOf(next: Database, { kind, sample_json }: Row): Fate {
  const sample = JSON.parse(String(sample_json)) as HealthSample
  const sql = 'SELECT 1 FROM health_samples WHERE kind = ? AND sample_json = ?'
  if (next.get(sql, kind ?? null, sample_json ?? null) !== undefined || isBuriedSample(next, sample))
    return 'known'
  putSample(next, kind as HealthKind, sample)
  return 'copied'
}
