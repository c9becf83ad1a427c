// What packages that record model calls build on; applications use `traced`.

export { isPlainJson } from './capture/json-text.ts'
export { lostForGood } from './capture/notes.ts'
export { captureInput, captureOutput } from './capture/payload.ts'
export { defineSpan } from './definition.ts'
export { refusalOfUnrecorded, type UnrecordedRequest } from './refuse-unrecorded.ts'
export { loadedAnswer } from './serve-call.ts'
export { missing } from './serving/missing.ts'
export { pendingUntilAborted } from './serving/pending.ts'
export { thrownAgain, whyNotThrown } from './serving/thrown-again.ts'
export type { Span, SpanEnd } from './span.ts'
export type { ModelFacts } from './span-notes.ts'
export { startSpan } from './start-span.ts'
