import { compareNewestFirst, markOf, type PageOrder, type Position, pageInOrder } from '../query/page.ts'
import type { CheckedRunQuery } from '../query/read-query.ts'
import type { FeedbackValue, OutcomeValue } from '../records/records.ts'
import type { TokenUsage } from '../records/token-usage.ts'
import type { Page } from '../store/lists.ts'
import type { ListedRun, Run, RunPreview, RunQuery, RunRow } from '../store/runs/runs.ts'
import { billOfRun, nanoUsdOfBill, tokensOfBill } from './run-bill.ts'
import { durationOf, passesFilter, type TraceFactsOf } from './run-filter.ts'

/** A run as lists return it. */
export function listedRun(run: Run, preview?: RunPreview): ListedRun {
  const bill = billOfRun(run)
  const [tokens, nanoUsd] = [tokensOfBill(bill), nanoUsdOfBill(bill)]
  const outcome = (run.metrics.outcome as OutcomeValue | undefined)?.status ?? 'unfinished'
  return {
    ...run,
    outcome,
    model: bill.model,
    ...(tokens && isExact(tokens) && { tokens }),
    // Larger sums are not exact.
    ...(nanoUsd !== undefined && nanoUsd <= Number.MAX_SAFE_INTEGER && { nanoUsd: Number(nanoUsd) }),
    ...(preview && { preview }),
  }
}

/** The row of a run in a list. */
export function runRow({ metrics, events: _, modelName: _name, context, ...facts }: ListedRun): RunRow {
  const feedback = (metrics.feedback as FeedbackValue | undefined)?.kind
  const { duration, 'time-to-first-token': firstToken } = metrics
  return {
    ...facts,
    ...(context && { context: { kind: context.kind, key: context.key } }),
    ...(feedback && { feedback }),
    ...(typeof duration === 'number' && { durationMs: duration }),
    ...(typeof firstToken === 'number' && { timeToFirstTokenMs: firstToken }),
  }
}

const isExact = (usage: TokenUsage): boolean => Object.values(usage).every(Number.isSafeInteger)

export interface RunsPageOptions {
  /** The runs as of a mark. */
  readonly runsAt: (mark: number) => readonly Run[]
  /** The mark of a first page. Its cursors contain it. */
  readonly mark: number
  readonly previewOf: (run: Run, mark: number) => RunPreview | undefined
  /** The facts of traces as of a mark. Default: no facts. */
  readonly tracesAt?: (mark: number) => TraceFactsOf
}

/** A page of `runs.list`, for a store that scans all of its runs. It has rows if the query asks for them. */
export function runsPage(
  { runsAt, mark, previewOf, tracesAt }: RunsPageOptions,
  { fields, ...query }: CheckedRunQuery,
): Page<ListedRun> {
  const { name, ...order } = orderOf(query)
  const at = markOf(query, name) ?? mark
  const traceOf = tracesAt?.(at)
  const wanted = runsAt(at)
    .map(run => listedRun(run))
    .filter(run => passesFilter(run, query, traceOf))
  const page = pageInOrder(wanted, { ...order, mark: at, ...(name !== undefined && { name }) }, query)
  const items = page.items.map(run => {
    const preview = previewOf(run, at)
    return preview ? { ...run, preview } : run
  })
  // A caller that asked for rows has their type.
  return {
    ...page,
    items: fields === 'row' ? (items.map(runRow) as readonly RunRow[] as ListedRun[]) : items,
  }
}

function orderOf({
  sort = 'time',
  order = 'descending',
}: Pick<RunQuery, 'sort' | 'order'>): Omit<PageOrder<ListedRun>, 'mark'> {
  const positionOf = (run: ListedRun): Position => [sortValue[sort](run) ?? null, run.runId]
  if (sort === 'time' && order === 'descending') return { positionOf, compare: compareNewestFirst }
  const sign = order === 'ascending' ? 1 : -1
  const compare = ([a, idA]: Position, [b, idB]: Position): number => {
    if (a !== b) return a === null ? 1 : b === null ? -1 : sign * (a - b)
    return idA === idB ? 0 : idA < idB ? 1 : -1
  }
  return { positionOf, compare, name: `${sort} ${order}` }
}

const sortValue: Record<NonNullable<RunQuery['sort']>, (run: ListedRun) => number | undefined> = {
  time: run => run.firstAt,
  cost: run => run.nanoUsd,
  tokens: run => run.tokens?.total,
  duration: run => durationOf(run),
}
