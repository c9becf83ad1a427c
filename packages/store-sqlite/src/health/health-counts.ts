import type { TapeRecord } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import type { HealthCount, HealthKind, HealthReport, HealthSample } from '@runtape/core/store'
import {
  buriedNamesOf,
  conflictingValues,
  conflictKey,
  healthKinds,
  misdatedReason,
  mostSamples,
  sampleOfRecord,
} from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { noteCounted } from '../history/next-change.ts'
import { mergeOldReporters } from './merge-reporters.ts'

/** Counts records that are not in the database as they were sent. Call inside the transaction that decides it. */

export function countConflict(database: Database, kept: TapeRecord, refused: TapeRecord): void {
  const values = conflictingValues(kept, refused)
  const at = realNow()
  const isNew = database.run(
    'INSERT INTO health_conflicts (hash, at) VALUES (?, ?) ON CONFLICT DO NOTHING',
    conflictKey(refused, values),
    at,
  )
  if (isNew > 0) countRecord(database, 'conflict', sampleOfRecord(refused, { at, ...values }))
}

export const countMisdated = (database: Database, record: TapeRecord): void =>
  countRecord(database, 'misdated', sampleOfRecord(record, { at: realNow(), reason: misdatedReason(record) }))

export function countRecord(database: Database, kind: HealthKind, sample: HealthSample): void {
  database.run(
    `INSERT INTO health_counts (kind, reporter, count, first_at, last_at) VALUES (?, '', 1, ?, ?)
     ON CONFLICT (kind, reporter) DO UPDATE SET count = count + 1, last_at = excluded.last_at`,
    kind,
    sample.at,
    sample.at,
  )
  putSample(database, kind, sample)
  noteCounted(database, 'health')
}

export function putSample(database: Database, kind: HealthKind, sample: HealthSample): void {
  database.run(
    'INSERT INTO health_samples (kind, at, sample_json) VALUES (?, ?, ?)',
    kind,
    sample.at,
    JSON.stringify(sample),
  )
  database.run(
    `DELETE FROM health_samples WHERE kind = ? AND id NOT IN (
       SELECT id FROM health_samples WHERE kind = ? ORDER BY id DESC LIMIT ${mostSamples})`,
    kind,
    kind,
  )
}

/** Adds the counts of a recorder. An older or repeated report changes nothing. */
export function addReport(database: Database, { reporter, counts }: HealthReport): void {
  for (const { kind, count, firstAt, lastAt, samples } of counts) {
    const known = database.get<{ count: number }>(
      'SELECT count FROM health_counts WHERE kind = ? AND reporter = ?',
      kind,
      reporter,
    )
    if (known && known.count >= count) continue
    noteCounted(database, 'health')
    database.run(
      `INSERT INTO health_counts (kind, reporter, count, first_at, last_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (kind, reporter) DO UPDATE SET count = excluded.count, last_at = excluded.last_at`,
      kind,
      reporter,
      count,
      firstAt,
      lastAt,
    )
    if (!known) mergeOldReporters(database, kind)
    for (const { number, ...sample } of samples)
      if (number > (known?.count ?? 0) && !isBuriedSample(database, sample)) putSample(database, kind, sample)
  }
}

/** Whether a sample is of something that was removed. */
export const isBuriedSample = (database: Database, sample: HealthSample): boolean =>
  buriedNamesOf(sample).some(
    name =>
      database.get(
        'SELECT 1 FROM tombstones WHERE name = ? AND (until IS NULL OR until >= ?)',
        name,
        sample.at,
      ) !== undefined,
  )

interface CountRow {
  readonly kind: HealthKind
  readonly count: number
  readonly first_at: number
  readonly last_at: number
}

/** The counts of all kinds with at least one record. */
export function keptCounts(database: Database): HealthCount[] {
  const rows = database.all<CountRow>(
    `SELECT kind, sum(count) AS count, min(first_at) AS first_at, max(last_at) AS last_at
     FROM health_counts GROUP BY kind`,
  )
  return healthKinds.flatMap(kind => {
    const row = rows.find(each => each.kind === kind)
    if (row === undefined) return []
    const { count, first_at: firstAt, last_at: lastAt } = row
    return { kind, count, firstAt, lastAt, samples: samplesOf(database, kind) }
  })
}

const samplesOf = (database: Database, kind: HealthKind): HealthSample[] =>
  database
    .all<{ sample_json: string }>(
      'SELECT sample_json FROM health_samples WHERE kind = ? ORDER BY id DESC',
      kind,
    )
    .map(row => JSON.parse(row.sample_json) as HealthSample)
