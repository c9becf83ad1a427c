import type { SpanRecord } from '@runtape/core'
import type { Run } from '@runtape/core/store'
import { type TraceFacts, type TraceFactsOf, traceFacts } from '@runtape/core/store-helpers'
import { isReceived } from '../revisions.ts'
import type { Tape } from '../traces/tape.ts'

/** Reads the facts that a filter needs of the trace of a run, from the spans known at a revision. */
export function traceFactsOf(tape: Tape, revision = Infinity): TraceFactsOf {
  let spans: Map<string, SpanRecord[]> | undefined
  return run => {
    spans ??= Map.groupBy(spansAt(tape, revision), span => span.traceId)
    return factsWith(tape, run, spans.get(run.traceId ?? '') ?? [])
  }
}

const spansAt = (tape: Tape, revision: number): SpanRecord[] =>
  [...tape.spans.values()].filter(span => isReceived(tape, span, revision))

/** The facts of a run and its trace, or of a trace without runs, with the spans of the trace. */
export function factsWith(
  tape: Tape,
  { runId, traceId }: Partial<Pick<Run, 'runId' | 'traceId'>>,
  spans: readonly SpanRecord[],
): TraceFacts {
  const cohorts = [...tape.cohorts].filter(([, { versions }]) => versions.at(-1)?.entries.has(traceId ?? ''))
  const isReviewed = tape.reviews.some(
    ({ review, withdrawn }) =>
      !withdrawn &&
      (review.runId === undefined || runId === undefined
        ? traceId !== undefined && review.traceId === traceId
        : review.runId === runId),
  )
  return { ...traceFacts(spans), cohorts: cohorts.map(([name]) => name), isReviewed }
}
