import type { Budget, BudgetFilter } from '@runtape/core/store'
import { type BudgetUse, exactSum } from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { joined, raw, type Sql, sql } from '../database/sql.ts'

/** A budget and the start of its window. */
export interface BudgetWindow {
  readonly budget: Budget
  readonly since: number
}

const columnOf = {
  contextKey: 'context_key',
  configKey: 'config_key',
  model: 'model',
  contextKind: 'context_kind',
} as const satisfies Record<keyof BudgetFilter, string>

/** The start of a long text is indexed. */
const indexed: ReadonlySet<string> = new Set(['context_key', 'config_key'])

type Field = keyof typeof columnOf
const fields = Object.keys(columnOf) as Field[]

const filteredBy = ({ where = {} }: Budget): Field[] => fields.filter(field => where[field] !== undefined)

interface UseRow {
  readonly place: number
  readonly runs: number
  readonly tokens: string | null
  readonly nano_usd: string | null
  readonly unpriced: number
  readonly unknown: number
}

/**
 * The use in each window. Windows of the same start that filter by the same fields are summed up in one query, so that a
 * budget for each customer does not read the runs once for each.
 */
export async function readBudgetUses(
  queries: Queries,
  windows: readonly BudgetWindow[],
): Promise<BudgetUse[]> {
  const uses: BudgetUse[] = []
  const places = windows.map((_, place) => place)
  const groups = Map.groupBy(places, place => groupOf(windows[place] as BudgetWindow))
  for (const group of groups.values()) {
    const filters = Map.groupBy(group, place => JSON.stringify(windows[place]?.budget.where ?? {}))
    const same = [...filters.values()]
    const rows = await usesOf(
      queries,
      same.map(([place]) => windows[place as number] as BudgetWindow),
    )
    for (const row of rows)
      for (const place of same[row.place] ?? []) uses[place] = useOf(windows[place] as BudgetWindow, row)
  }
  return uses
}

const groupOf = ({ budget, since }: BudgetWindow): string => `${since} ${filteredBy(budget).join(' ')}`

const sums =
  raw(`count(run.run_id) AS runs, sum(run.total_tokens)::text AS tokens, sum(run.nano_usd)::text AS nano_usd,
  count(*) FILTER (WHERE run.is_unpriced) AS unpriced, count(*) FILTER (WHERE run.is_unknown) AS unknown`)

/** One row for each of these windows, which have the same start and filter by the same fields. */
function usesOf(queries: Queries, windows: readonly BudgetWindow[]): Promise<UseRow[]> {
  const [{ budget, since }] = windows as [BudgetWindow]
  const filters = filteredBy(budget)
  const isIn = sql`run.first_at >= ${since}`
  if (filters.length === 0)
    return queries.rows(sql`SELECT 0 AS place, ${sums} FROM @runs AS run WHERE ${isIn}`)
  const lists = filters.map(field => sql`${windows.map(window => window.budget.where?.[field])}::text[]`)
  const names = filters.map(field => columnOf[field])
  const isSame = joined([isIn, ...names.map(equals)], ' AND ')
  return queries.rows(
    sql`SELECT wanted.place - 1 AS place, ${sums}
      FROM unnest(${joined(lists, ', ')}) WITH ORDINALITY AS wanted(${raw(names.join(', '))}, place)
      LEFT JOIN @runs AS run ON ${isSame} GROUP BY wanted.place`,
  )
}

const equals = (name: string): Sql =>
  raw(
    indexed.has(name)
      ? `left(run.${name}, 100) = left(wanted.${name}, 100) AND run.${name} = wanted.${name}`
      : `run.${name} = wanted.${name}`,
  )

/** @throws {RuntapeError} `sum-too-large` */
function useOf({ budget: { measure } }: BudgetWindow, row: UseRow): BudgetUse {
  const known = { nanoUsd: row.nano_usd, tokens: row.tokens, runs: String(row.runs) }[measure]
  return {
    sum: known === null ? undefined : exactSum(measure, BigInt(known)),
    unpricedRuns: row.unpriced,
    unknownUsageRuns: row.unknown,
  }
}
