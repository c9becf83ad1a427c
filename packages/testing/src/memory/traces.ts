import type { ListedRun, Page, RunEvent, SpanRecord, Store, TraceQuery, TraceSummary } from '@runtape/core'
import { matches } from '@runtape/core/filter'
import {
  type Checked,
  deferOutput,
  listedRun,
  orderSpans,
  pageOf,
  readTraceQuery,
  rootFacts,
  runOfEvents,
} from '@runtape/core/store-helpers'
import { factsWith } from './facts.ts'
import { hasOutcome, runsOf } from './runs.ts'
import { openTape, type Tape } from './tape.ts'
import { tracePartQueries } from './trace-parts.ts'

/** The `traces` part of a memory store. */
export function traceQueries(tape: Tape): Store['traces'] {
  const getSpan = (traceId: string, spanId: string) =>
    spansOf(openTape(tape), traceId).find(span => span.spanId === spanId)
  return {
    get: async (traceId, options) => {
      const root = rootsOf(openTape(tape)).find(span => span.traceId === traceId)
      const spans = orderSpans(spansOf(tape, traceId)).map(span => deferOutput(span, options))
      return root && { traceId, root, spans }
    },
    getSpan: async (traceId, spanId) => getSpan(traceId, spanId),
    getSpanSync: getSpan,
    list: async query => listTraces(openTape(tape), readTraceQuery(query)),
    ...tracePartQueries(tape),
  }
}

function listTraces(tape: Tape, query: Checked<TraceQuery>): Page<TraceSummary> {
  const isWanted = filterOf(tape, query)
  const roots = rootsOf(tape).filter(
    root => matchesRoot(root, query) && matchesRuns(tape, root, query) && isWanted(root),
  )
  const page = pageOf(roots, root => [root.startedAt, root.traceId], query)
  return { ...page, items: page.items.map(summaryOf) }
}

/** The root of every trace that has one; the first if there are several. */
export function rootsOf(tape: Tape): SpanRecord[] {
  const roots = [...tape.spans.values()].filter(span => span.parentSpanId === undefined)
  roots.sort((a, b) => a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1))
  return [...Map.groupBy(roots, root => root.traceId).values()].flatMap(own => own.slice(0, 1))
}

const spansOf = (tape: Tape, traceId: string): SpanRecord[] =>
  [...tape.spans.values()].filter(span => span.traceId === traceId)

function matchesRoot(root: SpanRecord, query: Checked<TraceQuery>): boolean {
  return (
    root.replay?.testRunId === query.testRunId &&
    (query.key === undefined || root.key === query.key) &&
    (query.status === undefined || root.status === query.status) &&
    (query.sessionId === undefined || root.sessionId === query.sessionId) &&
    (query.tag === undefined || (root.tags ?? []).includes(query.tag)) &&
    (query.minDurationMs === undefined || root.durationMs >= query.minDurationMs)
  )
}

function matchesRuns(tape: Tape, root: SpanRecord, query: Checked<TraceQuery>): boolean {
  const { outcome, feedback, runId } = query
  if (outcome === undefined && feedback === undefined && runId === undefined) return true
  const runs = runsInTrace(tape, root)
  if (runId !== undefined && !runs.has(runId)) return false
  if (outcome === undefined && feedback === undefined) return true
  return [...runs].some(([id, events]) => (runId === undefined || id === runId) && hasOutcome(events, query))
}

/** Whether a trace matches the filter with one of its runs, or without one if it has none. */
function filterOf(tape: Tape, { where }: Checked<TraceQuery>): (root: SpanRecord) => boolean {
  if (where === undefined) return () => true
  const live = new Map(runsOf(tape).map(run => [run.runId, run]))
  const runsIn = (root: SpanRecord) =>
    [...runsInTrace(tape, root)].flatMap(
      ([runId, events]) => (root.replay ? runOfEvents(events) : live.get(runId)) ?? [],
    )
  return root => {
    const { traceId } = root
    const spans = spansOf(tape, traceId)
    const isMatch = (run: ListedRun | undefined) =>
      matches(
        where,
        rootFacts(root, factsWith(tape, { traceId, ...(run && { runId: run.runId }) }, spans), run),
      )
    const runs = runsIn(root).map(run => listedRun(run))
    return runs.length === 0 ? isMatch(undefined) : runs.some(isMatch)
  }
}

/** The runs of a trace with their events: live ones for a live trace, those recorded in it for a replay. */
function runsInTrace(tape: Tape, root: SpanRecord): Map<string, RunEvent[]> {
  const own = root.replay ? root.traceId : undefined
  const events = [...tape.events.values()].filter(event => event.replay?.traceId === own)
  const ids = new Set(spansOf(tape, root.traceId).flatMap(span => span.runId ?? []))
  for (const event of events) if (own !== undefined || event.traceId === root.traceId) ids.add(event.runId)
  return new Map([...ids].map(id => [id, events.filter(event => event.runId === id)]))
}

export function summaryOf({
  traceId,
  spanId,
  key,
  name,
  startedAt,
  durationMs,
  status,
}: SpanRecord): TraceSummary {
  return { traceId, spanId, key, name, startedAt, durationMs, status }
}
