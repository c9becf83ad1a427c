import { currentFrame } from '@runtape/core/internal'

/** What code inside a traced call can say about it. Once the call has ended nothing changes any more, and it is said. */
export interface SpanHandle {
  readonly traceId: string
  readonly spanId: string
  /**
   * Adds attributes of the application's own, by name; a name that is there already gets the new value. They are kept
   * as plain JSON, as they are now, without what is secret.
   */
  setMetadata(metadata: Readonly<Record<string, unknown>>): void
  addTags(...tags: string[]): void
  setSessionId(sessionId: string): void
  /**
   * Keeps the call off the tape, and with it every call under it that has not ended yet. What has ended is with the
   * sink and stays there, so drop first thing. A replay still decides about every call; see docs/tape.md. Of a call
   * whose parent is on the tape a stub is left: key, name, order, and a tag of the input, no values.
   */
  drop(): void
}

/**
 * The trace around the running code: what is said about it is on its root span, where the lists of a store look.
 * `drop()` keeps the root off the tape and all that comes; without its root a trace is in no list. In a process that
 * continues another's trace it is the part of this process, under its topmost span. In a replay it changes nothing.
 */
export type TraceHandle = Omit<SpanHandle, 'spanId'>

/**
 * The span of the traced call that is running, or `undefined` where none is: tracing is off, or the call was dropped
 * by sampling.
 *
 * @example
 * ```ts
 * import { currentSpan, traced } from '@runtape/trace'
 *
 * const search = traced('search', (query: string) => {
 *   currentSpan()?.setMetadata({ index: 'products', words: query.split(' ').length })
 *   return []
 * })
 * ```
 */
export function currentSpan(): SpanHandle | undefined {
  const span = currentFrame()?.span
  return span && 'setMetadata' in span ? (span as typeof span & SpanHandle) : undefined
}

/**
 * The trace of the traced call that is running, or `undefined` where none is.
 *
 * @example
 * ```ts
 * import { currentTrace, traced } from '@runtape/trace'
 *
 * const answer = traced('support.answer', (ticket: { session: string; plan: string; isProbe: boolean }) => {
 *   if (ticket.isProbe) currentTrace()?.drop()
 *   currentTrace()?.setSessionId(ticket.session)
 *   currentTrace()?.addTags(ticket.plan)
 * })
 * ```
 */
export function currentTrace(): TraceHandle | undefined {
  const span = currentSpan() as (SpanHandle & { readonly root: TraceHandle }) | undefined
  return span?.root
}
