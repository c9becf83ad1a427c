import { isObject } from '../../is-object.ts'
import type { Attributes, OtelSpan } from '../wire/otel-span.ts'
import { usageOf } from './attributes/usage.ts'
import { jsonIn, numberIn, textIn } from './attributes/values.ts'
import type { Dialect } from './dialect.ts'
import { genAiCounts, toldOf } from './gen-ai.ts'

/** LangSmith's exporter. */
export const langSmith: Dialect = {
  name: 'LangSmith',
  read: span => {
    const kind = textIn(span.attributes, 'langsmith.span.kind')?.toLowerCase()
    if (kind === undefined) return undefined
    const isModelCall = kind === 'llm' || kind === 'embedding'
    const told = toldOf(span, isModelCall ? 'model' : kind)
    return {
      ...told,
      input: messagesOf(told.input),
      output: answerOf(told.output),
      failure: failureIn(span),
      ...(isModelCall && { usage: usageIn(span) }),
    }
  },
}

/** The details are parts of the counts. */
function usageIn(span: OtelSpan) {
  const [counts, input, output] = [genAiCounts(span), detailsOf(span, 'input'), detailsOf(span, 'output')]
  return usageOf({
    ...counts,
    cachedInput: numberIn(input, 'cache_read') ?? counts.cachedInput,
    cacheWrite: numberIn(input, 'cache_creation') ?? counts.cacheWrite,
    inputAudio: numberIn(input, 'audio') ?? counts.inputAudio,
    reasoning: numberIn(output, 'reasoning') ?? counts.reasoning,
    outputAudio: numberIn(output, 'audio') ?? counts.outputAudio,
  })
}

function detailsOf({ attributes }: OtelSpan, side: string): Attributes {
  const details = jsonIn(attributes, `gen_ai.usage.${side}_token_details`)
  return isObject(details) ? (details as Attributes) : {}
}

/** Wrappers of SDKs send the request as a whole, and the answer. */
const messagesOf = (request: unknown): unknown =>
  isObject(request) && Array.isArray(request.messages) ? request.messages : request

function answerOf(answer: unknown): unknown {
  if (!isObject(answer) || !Array.isArray(answer.choices)) return answer
  return answer.choices.map((choice: unknown) => (isObject(choice) ? choice.message : choice))
}

/** It sets the status of a span to OK when that starts, and OpenTelemetry then keeps it. */
function failureIn({ events }: OtelSpan): string | undefined {
  const thrown = events.find(({ name }) => name === 'exception')
  return thrown && (textIn(thrown.attributes, 'exception.message') ?? '')
}
