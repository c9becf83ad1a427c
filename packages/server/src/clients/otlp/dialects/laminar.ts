import type { OtelSpan } from '../wire/otel-span.ts'
import { textIn } from './attributes/values.ts'
import type { Dialect } from './dialect.ts'
import { genAi } from './gen-ai.ts'
import { withEntity } from './traceloop.ts'

/** Laminar. Spans of instrumentations that it brings along have a path of its own, and are of another dialect. */
export const laminar: Dialect = {
  name: 'Laminar',
  read: span => {
    const { attributes } = span
    const kind = textIn(attributes, 'lmnr.span.type')?.toLowerCase() ?? kindOf(span)
    if (kind === undefined) return undefined
    return withEntity(span, kind === 'llm' ? 'model' : kind, 'lmnr.span')
  },
}

/** `observe()` without a type of span. */
const kindOf = (span: OtelSpan): string | undefined =>
  span.scope === 'lmnr.tracer' && genAi.read(span) === undefined ? 'default' : undefined
