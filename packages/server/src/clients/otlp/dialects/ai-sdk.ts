import type { OtelSpan } from '../wire/otel-span.ts'
import type { Dialect } from './dialect.ts'
import { genAiUsage } from './gen-ai.ts'
import { jsonIn, numberIn, textIn, usageOf } from './values.ts'

/**
 * The Vercel AI SDK. `ai.generateText` has the sums of its steps; each step is a `.doGenerate` or `.doStream` of its own, and only
 * these are calls of a model.
 */
export const aiSdk: Dialect = {
  name: 'Vercel AI SDK',
  read: span => {
    const operation = textIn(span.attributes, 'ai.operationId')
    if (operation === undefined) return undefined
    if (operation === 'ai.toolCall') return toolCall(span)
    return /\.do(Generate|Stream|Embed)$/.test(operation) ? modelCall(span) : outerCall(span)
  },
}

function modelCall(span: OtelSpan) {
  const { attributes } = span
  return {
    type: 'model',
    model: textIn(attributes, 'ai.response.model', 'gen_ai.response.model', 'ai.model.id'),
    provider: providerOf(attributes),
    usage: usageOfCall(span),
    input: jsonIn(attributes, 'ai.prompt.messages', 'ai.prompt', 'ai.values', 'ai.value'),
    output: answerOf(attributes),
    timeToFirstTokenMs: numberIn(attributes, 'ai.response.msToFirstChunk'),
    responseId: textIn(attributes, 'ai.response.id', 'gen_ai.response.id'),
  }
}

function usageOfCall(span: OtelSpan) {
  const { attributes } = span
  const of = (...names: string[]) => numberIn(attributes, ...names.map(name => `ai.usage.${name}`))
  // An embedding has tokens only, and no output.
  const embedded = of('tokens')
  if (embedded !== undefined) return usageOf({ input: embedded, output: 0 })
  const told = usageOf({
    input: of('inputTokens', 'promptTokens'),
    output: of('outputTokens', 'completionTokens'),
    total: of('totalTokens'),
    cachedInput: of('cachedInputTokens', 'inputTokenDetails.cacheReadTokens'),
    cacheWrite: of('inputTokenDetails.cacheWriteTokens'),
    reasoning: of('reasoningTokens', 'outputTokenDetails.reasoningTokens'),
  })
  return told ?? genAiUsage(span)
}

/** `openai.responses` is the provider `openai`, and the API that it was asked by. */
const providerOf = (attributes: OtelSpan['attributes']): string | undefined =>
  textIn(attributes, 'ai.model.provider', 'gen_ai.system')?.split('.')[0]

function answerOf(attributes: OtelSpan['attributes']): unknown {
  const [text, object, toolCalls, embeddings] = [
    jsonIn(attributes, 'ai.response.text'),
    jsonIn(attributes, 'ai.response.object'),
    jsonIn(attributes, 'ai.response.toolCalls'),
    jsonIn(attributes, 'ai.embeddings', 'ai.embedding'),
  ]
  if (toolCalls !== undefined) return { text, toolCalls }
  return object ?? text ?? embeddings
}

const outerCall = ({ attributes }: OtelSpan) => ({
  type: 'agent',
  input: jsonIn(attributes, 'ai.prompt', 'ai.values', 'ai.value'),
  output: answerOf(attributes),
})

const toolCall = ({ attributes }: OtelSpan) => ({
  type: 'tool',
  input: jsonIn(attributes, 'ai.toolCall.args', 'ai.toolCall.input'),
  output: jsonIn(attributes, 'ai.toolCall.result', 'ai.toolCall.output'),
})
