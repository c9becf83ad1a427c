import { RuntapeError } from '@runtape/core'
import type { CopiedKind, CopyBatch, CopyOutcome, CopyTarget } from '@runtape/core/internal'
import type { Database } from '../../database/database.ts'
import { sql } from '../../database/sql.ts'
import { applyRemovals } from './apply-removals.ts'
import { writeBudgets } from './budgets.ts'
import { writeCohorts } from './cohorts.ts'
import { writeItems } from './items.ts'
import { writeRecords } from './records.ts'
import { writeClaims, writeReviews } from './reviews.ts'
import { writeTestRuns, writeVerdicts } from './test-runs.ts'
import { writeHealth, writeRemovals } from './upkeep.ts'
import { writeViews } from './views.ts'
import type { WriteContext } from './write-context.ts'

type Write<Kind extends CopiedKind> = (
  context: WriteContext,
  entries: CopyBatch<Kind>['entries'],
) => Promise<CopyOutcome>

const writes: { readonly [Kind in CopiedKind]: Write<Kind> } = {
  removals: writeRemovals,
  events: writeRecords,
  prices: writeRecords,
  spans: writeRecords,
  'test runs': writeTestRuns,
  items: writeItems,
  verdicts: writeVerdicts,
  reviews: writeReviews,
  claims: writeClaims,
  cohorts: writeCohorts,
  views: writeViews,
  budgets: writeBudgets,
  health: writeHealth,
}

/** Noted beside the positions: a bill may then differ from that of the source. */
const hasConflicts = { kind: 'conflicts', position: 'some' } as const

/** The part of the store that is filled from another one. */
export const postgresTarget = (database: Database): CopyTarget => ({
  positions: async source => {
    const rows = await database.rows<{ kind: string; position: string }>(
      sql`SELECT kind, position FROM @copies WHERE source = ${source}`,
    )
    return new Map(rows.map(({ kind, position }) => [kind, position]))
  },
  otherSources: async source => {
    const [row] = await database.rows<{ n: number }>(
      sql`SELECT count(DISTINCT source) AS n FROM @copies WHERE source <> ${source}`,
    )
    return row?.n ?? 0
  },
  write: async (source, batch) => {
    // The last batch of removals: all tombstones are there.
    if (batch.kind === 'removals' && batch.position !== (await positionOf(database, source, batch.kind)))
      await applyRemovals(database)
    return write(database, source, batch)
  },
})

/** Empty if nothing was copied yet. */
async function positionOf(database: Database, source: string, kind: string): Promise<string> {
  const [row] = await database.rows<{ position: string }>(
    sql`SELECT position FROM @copies WHERE source = ${source} AND kind = ${kind}`,
  )
  return row?.position ?? ''
}

async function write(database: Database, source: string, batch: CopyBatch): Promise<CopyOutcome> {
  try {
    return await database.write(
      async queries => {
        const context = { queries, source, gone: batch.gone ?? [] }
        const outcome = await (writes[batch.kind] as Write<CopiedKind>)(context, batch.entries)
        await notePosition(context, batch)
        if (outcome.conflicts.length > 0) await notePosition(context, hasConflicts)
        return outcome
      },
      ['append', 'shared'],
    )
  } catch (error) {
    if (!(RuntapeError.isInstance(error) && error.code === 'record-too-large')) throw error
    return writeHalves(database, source, batch)
  }
}

/** One of the records is larger than Postgres allows: finds it. */
async function writeHalves(database: Database, source: string, batch: CopyBatch): Promise<CopyOutcome> {
  const { entries } = batch
  if (entries.length < 2) {
    await write(database, source, { ...batch, entries: [] })
    return { copied: 0, known: 0, conflicts: [], refused: ['a record that is larger than Postgres allows'] }
  }
  const middle = Math.ceil(entries.length / 2)
  const position = await positionOf(database, source, batch.kind)
  const first = { ...batch, entries: entries.slice(0, middle), position }
  const one = await write(database, source, first)
  const other = await write(database, source, { ...batch, entries: entries.slice(middle) })
  return {
    copied: one.copied + other.copied,
    known: one.known + other.known,
    conflicts: [...one.conflicts, ...other.conflicts],
    refused: [...(one.refused ?? []), ...(other.refused ?? [])],
  }
}

const notePosition = (
  { queries, source }: WriteContext,
  { kind, position }: { readonly kind: string; readonly position: string },
): Promise<number> =>
  queries.run(
    sql`INSERT INTO @copies (source, kind, position) VALUES (${source}, ${kind}, ${position})
      ON CONFLICT (source, kind) DO UPDATE SET position = excluded.position`,
  )
