import type { RunEvent, SpanRecord, TraceQuery, TraceSummary } from '@runtape/core'
import type { Checked } from '@runtape/core/store-helpers'

/** What a list needs of a trace: no payloads. */
export interface TraceEntry {
  readonly summary: TraceSummary
  readonly tags: readonly string[]
  readonly sessionId: string | undefined
  readonly testRunId: string | undefined
  /** Facts of its runs, by run id. */
  readonly events: ReadonlyMap<string, readonly RunEvent[]>
}

/** The entry of a trace, or `undefined` if it has no root. */
export function entryOf(spans: readonly SpanRecord[], events: readonly RunEvent[]): TraceEntry | undefined {
  const root = rootOf(spans)
  if (!root) return undefined
  const { traceId, spanId, key, name, startedAt, durationMs, status, tags = [], sessionId, replay } = root
  const byRun = Map.groupBy(events, event => event.runId)
  for (const { runId } of spans) if (runId !== undefined && !byRun.has(runId)) byRun.set(runId, [])
  return {
    summary: { traceId, spanId, key, name, startedAt, durationMs, status },
    tags,
    sessionId,
    testRunId: replay?.testRunId,
    events: byRun,
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
    matchesRun(entry, query)
  )
}

const isWanted = (wanted: string | undefined, value: string | undefined): boolean =>
  wanted === undefined || wanted === value

/** One run of the trace matches all conditions. */
function matchesRun({ events }: TraceEntry, { runId, outcome, feedback }: TraceQuery): boolean {
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
