import type { TokenUsage } from '@runtape/core'
import type { RunRow } from '@runtape/core/store'
import { listedRun, runRow } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { Revision } from '../history/revisions.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { tokenColumns } from '../records/billed-columns.ts'
import { runsWithIds, spanTraceOf } from '../records/runs-with-ids.ts'
import type { ReadTexts } from '../rows/earlier-runs.ts'
import { feedbackCodes, outcomeCodes, type RunRow as StoredRow } from '../rows/run-row.ts'
import type { Place } from './plan.ts'
import { previewOfRun } from './run-previews.ts'

type Identified = StoredRow & { readonly id: number }

interface Source {
  readonly database: Database
  readonly texts: ReadTexts
}

/** Number of rows that are read at a time. */
const rowsAtOnce = 16

/** The rows of a list as of a revision. Reads no events, except of runs that have changed since. */
export function* rowsOfRuns(source: Source, places: readonly Place[], revision: Revision): Sliced<RunRow[]> {
  const items: RunRow[] = []
  for (let from = 0; from < places.length; from += rowsAtOnce) {
    const ids = places.slice(from, from + rowsAtOnce).map(({ id }) => id)
    const stored = source.database.all<Identified>(
      'SELECT * FROM runs WHERE id IN (SELECT value FROM json_each(?))',
      JSON.stringify(ids),
    )
    const byId = new Map(stored.map(row => [row.id, row]))
    for (const id of ids) {
      const row = byId.get(id)
      const item = row && rowAt(source, row, revision)
      if (item) items.push(withPreview(source.database, item, revision))
    }
    yield
  }
  return items
}

function rowAt({ database, texts }: Source, row: Identified, revision: Revision): RunRow | undefined {
  if (row.last_id <= revision.eventId && row.price_id <= revision.priceId) {
    const traceId = row.trace_id ?? spanTraceOf(database, row.run_id, revision.spanId)
    return { ...rowOf(row, texts), ...(traceId !== undefined && { traceId }) }
  }
  const [run] = runsWithIds(database, [row.run_id], revision)
  return run && runRow(listedRun(run))
}

function withPreview(database: Database, row: RunRow, revision: Revision): RunRow {
  const preview = previewOfRun(database, row, revision)
  return preview ? { ...row, preview } : row
}

const nameOf = <Name extends string>(codes: Readonly<Record<Name, number>>, code: number): Name | undefined =>
  (Object.keys(codes) as Name[]).find(name => codes[name] === code)

function rowOf(row: Identified, texts: ReadTexts): RunRow {
  const textOf = (id: number | null) => (id === null ? '' : texts.textOf(id))
  const tokens = tokensOf(row)
  const feedback = row.feedback === null ? undefined : nameOf(feedbackCodes, row.feedback)
  return {
    runId: row.run_id,
    configKey: textOf(row.config),
    variationKey: textOf(row.variation),
    version: row.version ?? 0,
    providerName: textOf(row.provider),
    firstAt: row.first_at,
    lastAt: row.last_at,
    outcome: nameOf(outcomeCodes, row.outcome ?? 0) ?? 'unfinished',
    model: textOf(row.model),
    ...(row.context_kind !== null && {
      context: { kind: textOf(row.context_kind), key: textOf(row.context_key) },
    }),
    ...(tokens && { tokens }),
    ...(isExact(row.cost_nano_usd) && { nanoUsd: row.cost_nano_usd }),
    ...(feedback && { feedback }),
    ...(row.duration_ms !== null && { durationMs: row.duration_ms }),
    ...(row.first_token_ms !== null && { timeToFirstTokenMs: row.first_token_ms }),
  }
}

/** Larger sums are not exact. */
const isExact = (value: number | null): value is number => value !== null && Number.isSafeInteger(value)

const fields = Object.entries(tokenColumns) as [keyof TokenUsage, keyof StoredRow][]

/** Unknown if a part is not exact. */
function tokensOf(row: StoredRow): TokenUsage | undefined {
  if (row.total_tokens === null) return undefined
  const known = fields.flatMap(([field, column]) => {
    const count = row[column] as number | null
    return count === null ? [] : [[field, count] as const]
  })
  return known.every(([, count]) => isExact(count))
    ? (Object.fromEntries(known) as unknown as TokenUsage)
    : undefined
}
