import type { TokenUsage } from '@runtape/core'
import { isObject } from '../../is-object.ts'
import type { Attributes, OtelSpan } from '../wire/otel-span.ts'
import { type Counts, usageOf, withCacheBeside } from './attributes/usage.ts'
import { jsonIn, numberIn, textIn } from './attributes/values.ts'
import type { Dialect, Told } from './dialect.ts'
import { genAiCounts } from './gen-ai.ts'

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

function modelCall(span: OtelSpan): Told {
  const { attributes } = span
  return {
    type: 'model',
    model: textIn(attributes, 'ai.response.model', 'gen_ai.response.model', 'ai.model.id'),
    provider: textIn(attributes, 'ai.model.provider', 'gen_ai.system')?.split('.')[0],
    usage: usageOfCall(span),
    input: jsonIn(attributes, 'ai.prompt.messages', 'ai.prompt', 'ai.values', 'ai.value'),
    output: answerOf(attributes),
    timeToFirstTokenMs: numberIn(attributes, 'ai.response.msToFirstChunk'),
  }
}

function usageOfCall(span: OtelSpan): TokenUsage | undefined {
  const { attributes } = span
  const of = (...names: string[]) => numberIn(attributes, ...names.map(name => `ai.usage.${name}`))
  // An embedding has tokens only, and no output.
  const embedded = of('tokens')
  if (embedded !== undefined) return usageOf({ input: embedded, output: 0 })
  const input = of('inputTokens', 'promptTokens')
  if (input === undefined) return usageOf(withCache(attributes, genAiCounts(span)))
  const counts = {
    input,
    output: of('outputTokens', 'completionTokens'),
    total: of('totalTokens'),
    cachedInput: of('cachedInputTokens', 'inputTokenDetails.cacheReadTokens'),
    cacheWrite: of('inputTokenDetails.cacheWriteTokens'),
    reasoning: of('reasoningTokens', 'outputTokenDetails.reasoningTokens'),
  }
  return usageOf(withCache(attributes, counts))
}

/**
 * In version 5, the providers Anthropic and Bedrock leave what a cache took part in out of the input: only their metadata has it.
 * Later versions say how much of the input was not cached.
 */
function withCache(attributes: Attributes, counts: Counts): Counts {
  if ('ai.usage.inputTokenDetails.noCacheTokens' in attributes) return counts
  const apart = usageBeside(jsonIn(attributes, 'ai.response.providerMetadata'))
  if (apart === undefined) return counts
  const { cachedInput = apart.cachedInput, cacheWrite = apart.cacheWrite } = counts
  return withCacheBeside({ ...counts, cachedInput, cacheWrite })
}

/** What Anthropic and Bedrock read from their cache and wrote there. */
function usageBeside(metadata: unknown) {
  const { anthropic, bedrock } = isObject(metadata) ? metadata : {}
  const usage = [anthropic, bedrock].map(of => (isObject(of) ? of.usage : undefined)).find(isObject)
  if (usage === undefined) return undefined
  const of = (...names: string[]) => numberIn(usage as Attributes, ...names)
  return {
    cachedInput: of('cache_read_input_tokens', 'cacheReadInputTokens'),
    cacheWrite: of('cache_creation_input_tokens', 'cacheWriteInputTokens'),
  }
}

function answerOf(attributes: Attributes): unknown {
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
