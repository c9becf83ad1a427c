import type { RunEvent, SpanRecord } from '@runtape/core'
import { matches as matchesFilter } from '@runtape/core/filter'
import type { ListedRun, TraceQuery, TraceSummary } from '@runtape/core/store'
import {
  type Checked,
  listedRun,
  type RootFacts,
  rootFacts,
  runOfEvents,
  type TraceFacts,
  traceFacts,
  traceSummary,
} from '@runtape/core/store-helpers'

/** The facts of a trace that lists need. It keeps the payloads of the root only, which filters search. */
export interface TraceEntry {
  readonly summary: TraceSummary
  readonly tags: readonly string[]
  readonly sessionId: string | undefined
  readonly testRunId: string | undefined
  /** Facts of its runs, by run id. */
  readonly events: ReadonlyMap<string, readonly RunEvent[]>
  readonly root: RootFacts
  readonly facts: TraceFacts
}

/** The entry of a trace, or `undefined` if it has no root. */
export function entryOf(spans: readonly SpanRecord[], events: readonly RunEvent[]): TraceEntry | undefined {
  const root = rootOf(spans)
  if (!root) return undefined
  const { traceId, durationMs, status, tags = [], sessionId, replay, error } = root
  const byRun = Map.groupBy(events, event => event.runId)
  for (const { runId } of spans) if (runId !== undefined && !byRun.has(runId)) byRun.set(runId, [])
  return {
    summary: traceSummary(root),
    tags,
    sessionId,
    testRunId: replay?.testRunId,
    events: byRun,
    root: { traceId, status, durationMs, error },
    facts: traceFacts(spans),
  }
}

/** The root of a trace; the first if there are several. */
export function rootOf(spans: readonly SpanRecord[]): SpanRecord | undefined {
  const roots = spans.filter(span => span.parentSpanId === undefined)
  return roots.sort((a, b) => a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1))[0]
}

export function matches(entry: TraceEntry, query: Checked<TraceQuery>): boolean {
  const { summary, tags, sessionId, testRunId } = entry
  return (
    testRunId === query.testRunId &&
    isWanted(query.key, summary.key) &&
    isWanted(query.status, summary.status) &&
    isWanted(query.sessionId, sessionId) &&
    (query.tag === undefined || tags.includes(query.tag)) &&
    (query.minDurationMs === undefined || summary.durationMs >= query.minDurationMs) &&
    matchesRun(entry, query) &&
    matchesWhere(entry, query)
  )
}

/** Whether the trace matches together with one of its runs, or by itself if it has none. */
function matchesWhere({ root, facts, events }: TraceEntry, { where }: Checked<TraceQuery>): boolean {
  if (where === undefined) return true
  const isMatch = (run: ListedRun | undefined) => matchesFilter(where, rootFacts(root, facts, run))
  const runs = [...events.values()].flatMap(own => runOfEvents(own) ?? []).map(run => listedRun(run))
  return runs.length === 0 ? isMatch(undefined) : runs.some(isMatch)
}

const isWanted = (wanted: string | undefined, value: string | undefined): boolean =>
  wanted === undefined || wanted === value

/** One run of the trace matches all conditions. */
function matchesRun({ events }: TraceEntry, { runId, outcome, feedback }: Checked<TraceQuery>): boolean {
  if (runId === undefined && outcome === undefined && feedback === undefined) return true
  return [...events].some(
    ([id, own]) =>
      isWanted(runId, id) &&
      isWanted(outcome, valueOf(own, 'outcome', 'status')) &&
      isWanted(feedback, valueOf(own, 'feedback', 'kind')),
  )
}

function valueOf(events: readonly RunEvent[], metric: string, field: string): string | undefined {
  const value = events.find(event => event.metric === metric)?.value
  return (value as Readonly<Record<string, string>> | undefined)?.[field]
}
