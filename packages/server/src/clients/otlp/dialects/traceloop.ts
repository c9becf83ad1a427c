import type { OtelSpan } from '../wire/otel-span.ts'
import { usageOf, withCacheBeside } from './attributes/usage.ts'
import { jsonIn, textIn } from './attributes/values.ts'
import type { Dialect, Told } from './dialect.ts'
import { genAi, genAiCounts, toldOf } from './gen-ai.ts'

/**
 * Traceloop's OpenLLMetry, and what is made of it. Its instrumentations use the GenAI conventions; older ones say `llm.request.type`.
 */
export const traceloop: Dialect = {
  name: 'Traceloop',
  read: span => {
    const request = textIn(span.attributes, 'llm.request.type')
    if (request !== undefined)
      return withCache(span, toldOf(span, isModelRequest(request) ? 'model' : request))
    const kind = textIn(span.attributes, 'traceloop.span.kind')
    if (kind !== undefined) return withEntity(span, kind, 'traceloop.entity')
    const told = span.scope.startsWith('@traceloop/') ? genAi.read(span) : undefined
    return told && withCache(span, told)
  },
}

const isModelRequest = (type: string): boolean =>
  ['chat', 'completion', 'embedding', 'embeddings'].includes(type)

/** Anthropic counts what it reads from its cache and writes there beside the input, and its instrumentation passes that on. */
function withCache(span: OtelSpan, told: Told): Told {
  if (told.type !== 'model' || span.scope !== '@traceloop/instrumentation-anthropic') return told
  return { ...told, usage: usageOf(withCacheBeside(genAiCounts(span))) }
}

/** A span whose input and output are in attributes of the dialect. */
export function withEntity(span: OtelSpan, type: string, prefix: string): Told {
  const told = toldOf(span, type)
  const { attributes } = span
  return {
    ...told,
    input: jsonIn(attributes, `${prefix}.input`) ?? told.input,
    output: jsonIn(attributes, `${prefix}.output`) ?? told.output,
  }
}
