import type { Sink } from '@runtape/core'
import { beforeLastFlush } from '@runtape/core/internal'

/** A span that has not ended, as a link of the chain of those. */
export interface UnfinishedSpan {
  before: UnfinishedSpan | undefined
  after: UnfinishedSpan | undefined
  readonly tracing: { readonly sink: Sink }
  /** Milliseconds since it was opened. */
  elapsed(): number
  /** Ends it as what it is when the process goes first. */
  endUnfinished(): void
  /** What does that when the span itself is gone; it does not hold on to the span. */
  lastWords(): () => void
}

interface Old {
  readonly sink: Sink
  lastWords(): void
}

const oldMs = 60_000
const lookAt = 1024

let oldest: UnfinishedSpan | undefined
let newest: UnfinishedSpan | undefined
let opened = 0
let isWatching = false
// Open for long: kept only as long as something else can still end them, with their last words for when nothing can.
const old = new Map<WeakRef<UnfinishedSpan>, Old>()
const refs = new WeakMap<UnfinishedSpan, WeakRef<UnfinishedSpan>>()

// A promise that can never settle leaves its span, and no memory that grows with every such call.
const collected = new FinalizationRegistry<WeakRef<UnfinishedSpan>>(ref => {
  const last = old.get(ref)
  old.delete(ref)
  last?.lastWords()
})

/** Remembers that the span is open, so that it is on the tape also when nothing ever ends it. */
export function rememberOpen(span: UnfinishedSpan): void {
  if (!isWatching) watchProcess()
  if (++opened % lookAt === 0) loosenOld()
  span.before = newest
  if (newest) newest.after = span
  else oldest = span
  newest = span
}

/** Links, not a set: to remember and to forget a span costs a few assignments, and no memory beside it. */
export function forgetOpen(span: UnfinishedSpan): void {
  const { before, after } = span
  if (after) after.before = before
  else if (newest === span) newest = before
  if (before) before.after = after
  else if (oldest === span) oldest = after
  span.before = undefined
  span.after = undefined
  const ref = old.size > 0 && refs.get(span)
  if (ref) old.delete(ref)
}

function loosenOld(): void {
  for (let span = oldest; span && span.elapsed() > oldMs; span = oldest) {
    forgetOpen(span)
    const ref = new WeakRef(span)
    refs.set(span, ref)
    old.set(ref, { sink: span.tracing.sink, lastWords: span.lastWords() })
    collected.register(span, ref)
  }
}

// With the first span, not with the import: who traces nothing has no listener.
function watchProcess(): void {
  isWatching = true
  // Registered first, so that an application's sink that flushes at `exit` has them.
  process.prependListener('exit', () => endAllOpen())
  beforeLastFlush(endAllOpen)
}

/** @param closing ends those alone that go to this sink */
function endAllOpen(closing?: Sink): void {
  for (const [ref, { sink, lastWords }] of old) {
    if (closing && sink !== closing) continue
    old.delete(ref)
    const span = ref.deref()
    if (span) span.endUnfinished()
    else lastWords()
  }
  let next: UnfinishedSpan | undefined
  for (let span = oldest; span; span = next) {
    next = span.after
    if (closing && span.tracing.sink !== closing) continue
    forgetOpen(span)
    span.endUnfinished()
    // What was next may have been ended with it.
    if (!closing) next = oldest
  }
}
