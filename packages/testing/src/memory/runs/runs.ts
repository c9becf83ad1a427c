import type { RunEvent, TapeRecord } from '@runtape/core'
import type {
  FacetField,
  FacetQuery,
  Facets,
  ListedRun,
  Page,
  Revision,
  Run,
  RunPreview,
  RunQuery,
  Store,
  UsageQuery,
  UsageRow,
} from '@runtape/core/store'
import {
  type Checked,
  type CheckedRunQuery,
  compareFacets,
  type FacetText,
  facetsOf,
  facetTexts,
  finishedRow,
  listedRun,
  type PastQuery,
  passesFilter,
  periodPruned,
  previewInTrace,
  readAsOf,
  readFacetQuery,
  readRunQuery,
  readUsageQuery,
  runOfEvents,
  runsPage,
  usageAdjustments,
  wasIn,
} from '@runtape/core/store-helpers'
import { identityKey } from '../identity-key.ts'
import { isReceived, revisionAt } from '../revisions.ts'
import { liveEvents, openTape, type Tape } from '../traces/tape.ts'
import { traceFactsOf } from './facts.ts'
import { usageOf } from './usage.ts'

/** The `runs` part of a memory store. */
export function runQueries(tape: Tape): Store['runs'] {
  return {
    get: async (runId, options) =>
      runsOf(openTape(tape), revisionAt(tape, readAsOf('runs.get', options).asOf)).find(
        run => run.runId === runId,
      ),
    list: async (query?: RunQuery) => listRuns(openTape(tape), readRunQuery(query)),
    usage: async query => usageAt(openTape(tape), readUsageQuery(query)),
    facets: async query => facetsAt(openTape(tape), readFacetQuery(query)),
  }
}

/** The bill, as of a revision if the query names one; `bill` computes it from the runs. */
export function usageAt(tape: Tape, query: Checked<UsageQuery>, bill: typeof usageOf = usageOf): UsageRow[] {
  const billAt = (revision: number) => bill(runsOf(tape, revision), query, traceFactsOf(tape, revision))
  const now = () => billAt(Infinity)
  if (query.asOf === undefined) return now().map(finishedRow)
  const revision = unprunedRevision(tape, query.asOf, query)
  const then = billAt(revision)
  return query.adjustments ? usageAdjustments(then, now(), query.groupBy ?? []) : then.map(finishedRow)
}

function facetsAt(tape: Tape, query: Checked<FacetQuery>): Facets {
  const { field, limit, asOf } = query
  const revision = asOf === undefined ? Infinity : unprunedRevision(tape, asOf, query)
  const traceOf = traceFactsOf(tape, revision)
  const runs = runsOf(tape, revision)
    .map(run => listedRun(run))
    .filter(run => passesFilter(run, query, traceOf))
  const values = runs.map(run => facetValue[field](run)).filter(value => value !== undefined && value !== '')
  const counts = Map.groupBy(values, value => value as string)
  const sorted = [...counts].map(([value, all]) => ({ value, runs: all.length })).sort(compareFacets)
  return facetsOf(sorted, limit)
}

const textIn =
  ({ metric, textOf }: FacetText) =>
  ({ metrics }: ListedRun): string | undefined => {
    const value = metrics[metric]
    return value === undefined ? undefined : textOf(value)
  }

const facetValue: Readonly<Record<FacetField, (run: ListedRun) => string | undefined>> = {
  config: run => run.configKey,
  variation: run => run.variationKey,
  version: run => String(run.version),
  model: run => run.model,
  provider: run => run.providerName,
  contextKind: run => run.context?.kind,
  contextKey: run => run.context?.key,
  error: textIn(facetTexts.error),
  comment: textIn(facetTexts.comment),
}

function unprunedRevision(tape: Tape, asOf: Revision | number, query: PastQuery): number {
  const revision = revisionAt(tape, asOf)
  const isLacking = ({ from, to }: { readonly from: number; readonly to: number }) =>
    from <= revision && revision < to
  if (tape.removed.some(runs => isLacking(runs) && wasIn(runs, query))) throw periodPruned()
  return revision
}

function listRuns(tape: Tape, query: CheckedRunQuery): Page<ListedRun> {
  // Later pages show the runs as they were at the first page: events in between do not move them.
  const runsAt = (mark: number) => runsOf(tape, mark)
  const mark = revisionAt(tape, query.asOf)
  const previewOf = (run: Run, at: number) => previewOfRun(tape, run, at)
  return runsPage({ runsAt, mark, previewOf, tracesAt: at => traceFactsOf(tape, at) }, query)
}

/** Every run as it was at a revision. */
export function runsOf(tape: Tape, revision = Infinity): Run[] {
  const events = liveEvents(tape).flatMap(event => eventAt(tape, event, revision) ?? [])
  const receivedAt = (event: RunEvent) => tape.arrivals.get(identityKey(event))?.at
  return [...Map.groupBy(events, event => event.runId)].flatMap(
    ([runId, own]) => runOfEvents(own, { spanTraceId: spanTraceOf(tape, runId, revision), receivedAt }) ?? [],
  )
}

/** The event, if it existed then, with the cost known then. */
export function eventAt(tape: Tape, event: RunEvent, revision: number): RunEvent | undefined {
  if (!isReceived(tape, event, revision)) return undefined
  const price = tape.prices.get(identityKey(event))
  return price && price.revision <= revision ? { ...event, cost: price.cost } : event
}

function spanTraceOf(tape: Tape, runId: string, revision: number): string | undefined {
  const spans = [...tape.spans.values()].filter(
    span => span.runId === runId && !span.replay && isReceived(tape, span, revision),
  )
  return spans.sort((a, b) => a.startedAt - b.startedAt)[0]?.traceId
}

/** From the root of its trace, or in a trace of several runs from the run's first call. */
function previewOfRun(tape: Tape, { runId, traceId }: Run, revision: number): RunPreview | undefined {
  if (traceId === undefined) return undefined
  const isIn = (record: TapeRecord) => record.traceId === traceId && isReceived(tape, record, revision)
  const spans = [...tape.spans.values()].filter(isIn)
  const events = liveEvents(tape).filter(isIn)
  return previewInTrace(
    runId,
    spans,
    [...spans, ...events].map(record => record.runId),
  )
}

/** Whether the events of one run have the requested outcome and feedback. */
export function hasOutcome(
  events: readonly RunEvent[],
  query: Pick<RunQuery, 'outcome' | 'feedback'>,
): boolean {
  const field = (metric: string, name: 'status' | 'kind'): unknown =>
    (events.find(event => event.metric === metric)?.value as Record<string, unknown> | undefined)?.[name]
  return (
    (query.outcome === undefined || field('outcome', 'status') === query.outcome) &&
    (query.feedback === undefined || field('feedback', 'kind') === query.feedback)
  )
}
