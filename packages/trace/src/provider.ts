// What packages that record model calls build on; applications use `traced`.
export { captureInput, captureOutput } from './capture/capture-call.ts'
export { isPlainJson } from './capture/plain-json.ts'
export { defineSpan } from './definition.ts'
export { loadedAnswer } from './serve-call.ts'
export type { ModelFacts, Span, SpanEnd } from './span.ts'
export { startSpan } from './start-span.ts'
