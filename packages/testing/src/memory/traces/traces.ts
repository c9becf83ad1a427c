import type { RunEvent, SpanRecord } from '@runtape/core'
import { matches } from '@runtape/core/filter'
import type { AsOf, ListedRun, Page, Store, TraceQuery, TraceSummary } from '@runtape/core/store'
import {
  type Checked,
  deferOutput,
  listedRun,
  markOf,
  orderSpans,
  pageOf,
  readAsOf,
  readTraceOptions,
  readTraceQuery,
  rootFacts,
  runOfEvents,
  traceSummary,
} from '@runtape/core/store-helpers'
import { isReceived, revisionAt } from '../revisions.ts'
import { factsWith } from '../runs/facts.ts'
import { hasOutcome, runsOf } from '../runs/runs.ts'
import { openTape, type Tape } from './tape.ts'
import { tracePartQueries } from './trace-parts.ts'

/** The `traces` part of a memory store. */
export function traceQueries(tape: Tape): Store['traces'] {
  const getSpan = (traceId: string, spanId: string, options?: AsOf) =>
    spansOf(openTape(tape), traceId, revisionAt(tape, readAsOf('traces.getSpan', options).asOf)).find(
      span => span.spanId === spanId,
    )
  return {
    get: async (traceId, options) => {
      const { asOf, ...rest } = readTraceOptions(options)
      const revision = revisionAt(openTape(tape), asOf)
      const root = rootsOf(tape, revision).find(span => span.traceId === traceId)
      const spans = orderSpans(spansOf(tape, traceId, revision)).map(span => deferOutput(span, rest))
      return root && { traceId, root, spans }
    },
    getSpan: async (...args) => getSpan(...args),
    getSpanSync: getSpan,
    list: async query => listTraces(openTape(tape), readTraceQuery(query)),
    ...tracePartQueries(tape),
  }
}

function listTraces(tape: Tape, query: Checked<TraceQuery>): Page<TraceSummary> {
  const revision = markOf(query) ?? revisionAt(tape, query.asOf)
  const isWanted = filterOf(tape, query, revision)
  const roots = rootsOf(tape, revision).filter(
    root => matchesRoot(root, query) && matchesRuns(tape, root, query, revision) && isWanted(root),
  )
  const page = pageOf(roots, root => [root.startedAt, root.traceId], query, revision)
  return { ...page, items: page.items.map(traceSummary) }
}

/** The root of every trace that has one; the first if there are several. */
export function rootsOf(tape: Tape, revision = Infinity): SpanRecord[] {
  const roots = [...tape.spans.values()].filter(
    span => span.parentSpanId === undefined && isReceived(tape, span, revision),
  )
  roots.sort((a, b) => a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1))
  return [...Map.groupBy(roots, root => root.traceId).values()].flatMap(own => own.slice(0, 1))
}

const spansOf = (tape: Tape, traceId: string, revision: number): SpanRecord[] =>
  [...tape.spans.values()].filter(span => span.traceId === traceId && isReceived(tape, span, revision))

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

function matchesRuns(tape: Tape, root: SpanRecord, query: Checked<TraceQuery>, revision: number): boolean {
  const { outcome, feedback, runId } = query
  if (outcome === undefined && feedback === undefined && runId === undefined) return true
  const runs = runsInTrace(tape, root, revision)
  if (runId !== undefined && !runs.has(runId)) return false
  if (outcome === undefined && feedback === undefined) return true
  return [...runs].some(([id, events]) => (runId === undefined || id === runId) && hasOutcome(events, query))
}

/** Whether a trace matches the filter together with one of its runs, or by itself if it has none. */
function filterOf(
  tape: Tape,
  { where }: Checked<TraceQuery>,
  revision: number,
): (root: SpanRecord) => boolean {
  if (where === undefined) return () => true
  const live = new Map(runsOf(tape, revision).map(run => [run.runId, run]))
  const runsIn = (root: SpanRecord) =>
    [...runsInTrace(tape, root, revision)].flatMap(
      ([runId, events]) => (root.replay ? runOfEvents(events) : live.get(runId)) ?? [],
    )
  return root => {
    const { traceId } = root
    const spans = spansOf(tape, traceId, revision)
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
function runsInTrace(tape: Tape, root: SpanRecord, revision: number): Map<string, RunEvent[]> {
  const own = root.replay ? root.traceId : undefined
  const events = [...tape.events.values()].filter(
    event => event.replay?.traceId === own && isReceived(tape, event, revision),
  )
  const ids = new Set(spansOf(tape, root.traceId, revision).flatMap(span => span.runId ?? []))
  for (const event of events) if (own !== undefined || event.traceId === root.traceId) ids.add(event.runId)
  return new Map([...ids].map(id => [id, events.filter(event => event.runId === id)]))
}
