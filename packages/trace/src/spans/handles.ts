import { currentFrame } from '@runtape/core/internal'

/** Adds data to a traced call from inside. After the call has ended, changes have no effect except a warning. */
export interface SpanHandle {
  readonly traceId: string
  readonly spanId: string
  /**
   * Adds the application's attributes by name; an existing name gets the new value. They are kept as plain JSON in their current
   * state, without secrets.
   */
  setMetadata(metadata: Readonly<Record<string, unknown>>): void
  addTags(...tags: string[]): void
  setSessionId(sessionId: string): void
  /**
   * Keeps the call, and all its descendants that have not ended, off the tape. Calls that have ended stay with the sink, so call
   * it first. A replay still decides every call; see docs/tape.md. A call under a recorded parent leaves a stub: key, name,
   * order, and a tag of the input, no values.
   */
  drop(): void
}

/**
 * The trace around the running code. Its data is stored on the root span, where a store's lists look. `drop()` keeps the root and
 * all later calls off the tape; a trace without its root is in no list. In a process that continues another process's trace it is
 * this process's part, stored on its topmost span. In a replay it has no effect.
 */
export type TraceHandle = Omit<SpanHandle, 'spanId'>

/**
 * The span of the running traced call, or `undefined` if there is none: tracing is off, or sampling dropped the call.
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
 * The trace of the running traced call, or `undefined` if there is none.
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
