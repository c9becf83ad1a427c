import type { Sink } from '@runtape/core'
import { beforeLastFlush } from '@runtape/core/internal'

/** An open span, as a link in the list of open spans. */
export interface UnfinishedSpan {
  before: UnfinishedSpan | undefined
  after: UnfinishedSpan | undefined
  readonly tracing: { readonly sink: Sink }
  /** Milliseconds since it was opened. */
  elapsed(): number
  /** Ends it as unfinished when the process ends first. */
  endUnfinished(): void
  /** Does this when the span itself is gone; does not reference the span. */
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
// Open for long: referenced only while something else can still end them, with a last record for when nothing can.
const old = new Map<WeakRef<UnfinishedSpan>, Old>()
const refs = new WeakMap<UnfinishedSpan, WeakRef<UnfinishedSpan>>()

// A promise that can never settle leaves its span, but no memory that grows with every such call.
const collected = new FinalizationRegistry<WeakRef<UnfinishedSpan>>(ref => {
  const last = old.get(ref)
  old.delete(ref)
  last?.lastWords()
})

/** Registers an open span, so that it is recorded even if it never ends. */
export function rememberOpen(span: UnfinishedSpan): void {
  if (!isWatching) watchProcess()
  if (++opened % lookAt === 0) loosenOld()
  span.before = newest
  if (newest) newest.after = span
  else oldest = span
  newest = span
}

/** A linked list, not a set: adding and removing a span costs a few assignments, and no additional memory. */
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

// With the first span, not with the import: a process without traces has no listener.
function watchProcess(): void {
  isWatching = true
  // Registered first, so that an application's sink that flushes at `exit` has them.
  process.prependListener('exit', () => endAllOpen())
  beforeLastFlush(endAllOpen)
}

/** @param closing ends only those that go to this sink */
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
    // The next one may have been ended with it.
    if (!closing) next = oldest
  }
}
