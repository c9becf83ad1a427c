import type { OtelSpan } from '../wire/otel-span.ts'
import type { Dialect } from './dialect.ts'
import { toldOf } from './gen-ai.ts'
import { jsonIn, textIn } from './values.ts'

// These use the attributes of the GenAI conventions, and say in one of their own what a span is.

/** Traceloop's OpenLLMetry. */
export const traceloop: Dialect = {
  name: 'Traceloop',
  read: span => {
    const request = textIn(span.attributes, 'llm.request.type')
    if (request !== undefined) return toldOf(span, isModelRequest(request) ? 'model' : request)
    const kind = textIn(span.attributes, 'traceloop.span.kind')
    return kind === undefined ? undefined : withEntity(span, kind, 'traceloop.entity')
  },
}

const isModelRequest = (type: string): boolean =>
  ['chat', 'completion', 'embedding', 'embeddings'].includes(type)

/** LangSmith's exporter. */
export const langSmith: Dialect = {
  name: 'LangSmith',
  read: span => {
    const kind = textIn(span.attributes, 'langsmith.span.kind')?.toLowerCase()
    if (kind === undefined) return undefined
    return toldOf(span, kind === 'llm' || kind === 'embedding' ? 'model' : kind)
  },
}

/** Laminar. */
export const laminar: Dialect = {
  name: 'Laminar',
  read: span => {
    const kind = textIn(span.attributes, 'lmnr.span.type')?.toLowerCase()
    if (kind === undefined) return undefined
    return withEntity(span, kind === 'llm' ? 'model' : kind, 'lmnr.span')
  },
}

function withEntity(span: OtelSpan, type: string, prefix: string) {
  const told = toldOf(span, type)
  const { attributes } = span
  return {
    ...told,
    input: jsonIn(attributes, `${prefix}.input`) ?? told.input,
    output: jsonIn(attributes, `${prefix}.output`) ?? told.output,
  }
}
