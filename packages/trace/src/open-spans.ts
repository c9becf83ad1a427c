import { beforeLastFlush } from '@runtape/core'

/** A link of the chain of open spans. */
export interface OpenSpan {
  before: OpenSpan | undefined
  after: OpenSpan | undefined
  /** Ends it as what it is when the process goes first. */
  endUnfinished(): void
}

let newest: OpenSpan | undefined
let isWatching = false

/** Remembers that the span is open, so that it is on the tape also when the process ends before it. */
export function rememberOpen(span: OpenSpan): void {
  if (!isWatching) watchProcess()
  span.before = newest
  if (newest) newest.after = span
  newest = span
}

/** Links, not a set: to remember and to forget a span costs a few assignments, and no memory beside it. */
export function forgetOpen(span: OpenSpan): void {
  const { before, after } = span
  if (after) after.before = before
  else if (newest === span) newest = before
  if (before) before.after = after
  span.before = undefined
  span.after = undefined
}

// With the first span, not with the import: who traces nothing has no listener.
function watchProcess(): void {
  isWatching = true
  // First in line, so that a sink of the application's own that flushes at `exit` has them.
  process.prependListener('exit', endAllOpen)
  beforeLastFlush(endAllOpen)
}

function endAllOpen(): void {
  for (let span = newest; span; span = newest) {
    forgetOpen(span)
    span.endUnfinished()
  }
}
