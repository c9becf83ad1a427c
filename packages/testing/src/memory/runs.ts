import {
  type FacetField,
  type FacetQuery,
  type Facets,
  type ListedRun,
  type Page,
  type Revision,
  type Run,
  type RunEvent,
  type RunPreview,
  type RunQuery,
  RuntapeError,
  type Store,
  type UsageQuery,
  type UsageRow,
} from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import {
  type Checked,
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
  readFacetQuery,
  readRunQuery,
  readUsageQuery,
  runOfEvents,
  runsPage,
  usageAdjustments,
  wasIn,
} from '@runtape/core/store-helpers'
import { identityKey } from './append.ts'
import { traceFactsOf } from './facts.ts'
import { liveEvents, openTape, type Tape } from './tape.ts'
import { usageOf } from './usage.ts'

/** The `runs` part of a memory store. */
export function runQueries(tape: Tape): Store['runs'] {
  return {
    get: async runId => runsOf(openTape(tape)).find(run => run.runId === runId),
    list: async query => listRuns(openTape(tape), readRunQuery(query)),
    usage: async query => usageAt(openTape(tape), readUsageQuery(query)),
    facets: async query => facetsAt(openTape(tape), readFacetQuery(query)),
  }
}

/** The bill, as of a revision if the query names one; `bill` computes it from the runs. */
export function usageAt(tape: Tape, query: Checked<UsageQuery>, bill: typeof usageOf = usageOf): UsageRow[] {
  const traceOf = traceFactsOf(tape)
  const now = () => bill(runsOf(tape), query, traceOf)
  if (query.asOf === undefined) return now().map(finishedRow)
  const revision = unprunedRevision(tape, query.asOf, query)
  const then = bill(runsOf(tape, revision), query, traceOf)
  return query.adjustments ? usageAdjustments(then, now(), query.groupBy ?? []) : then.map(finishedRow)
}

function facetsAt(tape: Tape, query: Checked<FacetQuery>): Facets {
  const { field, limit, asOf } = query
  const revision = asOf === undefined ? Infinity : unprunedRevision(tape, asOf, query)
  const traceOf = traceFactsOf(tape)
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
  if (tape.removed.some(runs => runs.revision <= revision && wasIn(runs, query))) throw periodPruned()
  return revision
}

export function revisionAt(tape: Tape, asOf: Revision | number): number {
  if (typeof asOf === 'number') {
    // Records appended from now on count as later, even if the clock goes back.
    tape.last = { ...tape.last, at: Math.max(tape.last.at, Math.min(Math.floor(asOf), realNow()) + 1) }
    return tape.received.findLast(({ at }) => at <= asOf)?.revision ?? 0
  }
  const revision = Number(asOf.slice(1))
  if (revision <= tape.last.revision) return revision
  throw new RuntapeError(
    'invalid-option',
    `asOf is not a revision of this store (got "${asOf}"). Pass one that its revision() returned, or a time.`,
  )
}

function listRuns(tape: Tape, query: Checked<RunQuery>): Page<ListedRun> {
  // Later pages show the runs as they were at the first page: events in between do not move them.
  const runsAt = (mark: number | undefined) => runsOf(tape, mark)
  const previewOf = (run: Run) => previewOfRun(tape, run)
  return runsPage({ runsAt, mark: tape.last.revision, previewOf, traceOf: traceFactsOf(tape) }, query)
}

/** Every run as it was at a revision. */
export function runsOf(tape: Tape, revision = Infinity): Run[] {
  const events = liveEvents(tape).flatMap(event => eventAt(tape, event, revision) ?? [])
  const receivedAt = (event: RunEvent) => tape.arrivals.get(identityKey(event))?.at
  return [...Map.groupBy(events, event => event.runId)].flatMap(
    ([runId, own]) => runOfEvents(own, { spanTraceId: spanTraceOf(tape, runId), receivedAt }) ?? [],
  )
}

/** The event, if it existed then, with the cost known then. */
function eventAt(tape: Tape, event: RunEvent, revision: number): RunEvent | undefined {
  const identity = identityKey(event)
  if ((tape.arrivals.get(identity)?.revision ?? 0) > revision) return undefined
  const price = tape.prices.get(identity)
  return price && price.revision <= revision ? { ...event, cost: price.cost } : event
}

function spanTraceOf(tape: Tape, runId: string): string | undefined {
  const spans = [...tape.spans.values()].filter(span => span.runId === runId && !span.replay)
  return spans.sort((a, b) => a.startedAt - b.startedAt)[0]?.traceId
}

/** From the root of its trace, or in a trace of several runs from the run's first call. */
function previewOfRun(tape: Tape, { runId, traceId }: Run): RunPreview | undefined {
  if (traceId === undefined) return undefined
  const spans = [...tape.spans.values()].filter(span => span.traceId === traceId)
  const events = liveEvents(tape).filter(event => event.traceId === traceId)
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
