// What packages that record model calls build on; applications use `traced`.

export { isPlainJson } from './capture/json-text.ts'
export { captureInput, captureOutput } from './capture/payload.ts'
export { defineSpan } from './definition.ts'
export { loadedAnswer } from './serve-call.ts'
export type { ModelFacts, Span, SpanEnd } from './span.ts'
export { startSpan } from './start-span.ts'
