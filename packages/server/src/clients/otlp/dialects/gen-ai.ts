import type { OtelSpan } from '../wire/otel-span.ts'
import { listUnder } from './attributes/nested.ts'
import { type Counts, usageOf } from './attributes/usage.ts'
import { jsonIn, numberIn, textIn } from './attributes/values.ts'
import type { Dialect, Told } from './dialect.ts'

const typesByOperation: Readonly<Record<string, string>> = {
  ...{ chat: 'model', generate_content: 'model', text_completion: 'model', embeddings: 'model' },
  ...{ execute_tool: 'tool', invoke_agent: 'agent', create_agent: 'agent', invoke_workflow: 'workflow' },
}

/** OpenTelemetry's GenAI conventions, from 1.27 to the newest. */
export const genAi: Dialect = {
  name: 'GenAI conventions',
  read: span => {
    const operation = textIn(span.attributes, 'gen_ai.operation.name')
    const type = operation === undefined ? undefined : (typesByOperation[operation] ?? operation)
    return type === undefined ? undefined : toldOf(span, type)
  },
}

/** What attributes of the conventions say of a span, whoever set them. */
export function toldOf(span: OtelSpan, type: string): Told {
  const { attributes } = span
  const [input, output] = contentOf(span)
  const firstChunkSeconds = numberIn(
    attributes,
    'gen_ai.response.time_to_first_chunk',
    'gen_ai.client.operation.time_to_first_chunk',
  )
  return {
    ...{ type, input, output },
    model: textIn(attributes, 'gen_ai.response.model', 'gen_ai.request.model'),
    provider: textIn(attributes, 'gen_ai.provider.name', 'gen_ai.system'),
    ...(type === 'model' && {
      usage: usageOf(genAiCounts(span)),
      responseId: idOfProvider(textIn(attributes, 'gen_ai.response.id')),
    }),
    timeToFirstTokenMs: firstChunkSeconds === undefined ? undefined : firstChunkSeconds * 1000,
  }
}

/** The AI SDK makes an id if a provider has none: another instrumentation of that call cannot know it. */
const idOfProvider = (id: string | undefined): string | undefined =>
  id !== undefined && /^ai(txt|obj)-/.test(id) ? undefined : id

/** What a span says of tokens in the words of the conventions. */
export function genAiCounts({ attributes }: OtelSpan): Counts {
  const of = (...names: string[]) => numberIn(attributes, ...names.map(name => `gen_ai.usage.${name}`))
  return {
    input: of('input_tokens', 'prompt_tokens'),
    // An answer of embeddings has no output.
    output: of('output_tokens', 'completion_tokens') ?? (isEmbedding(attributes) ? 0 : undefined),
    total: of('total_tokens') ?? numberIn(attributes, 'llm.usage.total_tokens'),
    cachedInput: of('cache_read.input_tokens', 'cache_read_input_tokens', 'cached_input_tokens'),
    cacheWrite: of('cache_creation.input_tokens', 'cache_write.input_tokens', 'cache_creation_input_tokens'),
    reasoning: of('reasoning.output_tokens', 'reasoning_tokens'),
    inputAudio: of('audio.input_tokens'),
    outputAudio: of('audio.output_tokens'),
    inputImage: of('image.input_tokens'),
    outputImage: of('image.output_tokens'),
  }
}

const isEmbedding = (attributes: OtelSpan['attributes']): boolean =>
  attributes['gen_ai.operation.name'] === 'embeddings'

/** Messages are JSON in an attribute, or, in older conventions, events or numbered attributes. */
function contentOf(span: OtelSpan): [input: unknown, output: unknown] {
  const { attributes } = span
  const messages = jsonIn(attributes, 'gen_ai.input.messages', 'gen_ai.tool.call.arguments')
  const system = jsonIn(attributes, 'gen_ai.system_instructions')
  const answer = jsonIn(attributes, 'gen_ai.output.messages', 'gen_ai.tool.call.result')
  return [
    messages !== undefined && system !== undefined
      ? { system, messages }
      : (messages ??
        eventContents(span, /^gen_ai\.(system|user|assistant|tool)\.message$/) ??
        prompts(attributes, 'prompt')),
    answer ?? eventContents(span, /^gen_ai\.choice$/) ?? prompts(attributes, 'completion'),
  ]
}

function eventContents({ events }: OtelSpan, pattern: RegExp): unknown {
  const told = events.filter(({ name }) => pattern.test(name))
  return told.length > 0 ? told.map(({ name, attributes }) => ({ event: name, ...attributes })) : undefined
}

const prompts = (attributes: OtelSpan['attributes'], name: 'prompt' | 'completion'): unknown =>
  jsonIn(attributes, `gen_ai.${name}`) ?? listUnder(attributes, `gen_ai.${name}`)
