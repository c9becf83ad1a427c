import { isObject } from '../../is-object.ts'
import type { Attributes } from '../wire/otel-span.ts'
import { listUnder } from './attributes/nested.ts'
import { usageOf } from './attributes/usage.ts'
import { jsonIn, numberIn, textIn } from './attributes/values.ts'
import type { Dialect } from './dialect.ts'

/** OpenInference, the conventions of Arize and Phoenix. */
export const openInference: Dialect = {
  name: 'OpenInference',
  read: ({ attributes }) => {
    const kind = textIn(attributes, 'openinference.span.kind')?.toUpperCase()
    if (kind === undefined) return undefined
    const output = jsonIn(attributes, 'output.value')
    const content = {
      input: messagesIn(attributes, 'llm.input_messages') ?? jsonIn(attributes, 'input.value'),
      output: messagesIn(attributes, 'llm.output_messages') ?? output ?? embeddingsIn(attributes),
    }
    if (kind !== 'LLM' && kind !== 'EMBEDDING') return { type: kind.toLowerCase(), ...content }
    return {
      type: 'model',
      ...content,
      model: textIn(attributes, 'llm.model_name', 'embedding.model_name'),
      provider: textIn(attributes, 'llm.provider', 'llm.system') ?? providerOfLangChain(attributes),
      usage: usageIn(attributes, kind === 'EMBEDDING'),
      responseId: responseIdIn(output),
    }
  },
}

/** The counts of the details are parts of the prompt and of the completion, also with Anthropic's instrumentation. */
function usageIn(attributes: Attributes, isEmbedding: boolean) {
  const count = (name: string) => numberIn(attributes, `llm.token_count.${name}`)
  const input = count('prompt')
  return usageOf({
    input,
    output: count('completion') ?? (isEmbedding && input !== undefined ? 0 : undefined),
    total: count('total'),
    cachedInput: count('prompt_details.cache_read'),
    cacheWrite: count('prompt_details.cache_write'),
    inputAudio: count('prompt_details.audio'),
    reasoning: count('completion_details.reasoning'),
    outputAudio: count('completion_details.audio'),
  })
}

/** Messages without the names that OpenInference wraps each of their parts in. */
const messagesIn = (attributes: Attributes, prefix: string): unknown =>
  unwrapped(listUnder(attributes, prefix))

const wrappers = ['message', 'tool_call', 'message_content', 'image']

function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped)
  if (!isObject(value)) return value
  const [[name, inner] = ['', undefined], ...others] = Object.entries(value)
  if (others.length === 0 && wrappers.includes(name) && isObject(inner)) return unwrapped(inner)
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unwrapped(part)]))
}

function embeddingsIn(attributes: Attributes): unknown {
  const embeddings = listUnder(attributes, 'embedding.embeddings')
  return embeddings?.map(one => (isObject(one) && isObject(one.embedding) ? one.embedding.vector : one))
}

function providerOfLangChain(attributes: Attributes): string | undefined {
  const metadata = jsonIn(attributes, 'metadata')
  return isObject(metadata) && typeof metadata.ls_provider === 'string' ? metadata.ls_provider : undefined
}

/** The id of the provider's answer, which is the output as a whole, or the message of LangChain's. */
function responseIdIn(output: unknown): string | undefined {
  if (!isObject(output)) return undefined
  const { id } = isLangChain(output) ? messageIn(output) : output
  // LangChain makes ids of its own for what has none.
  return typeof id === 'string' && id !== '' && !/^(run-|lc_)/.test(id) ? id : undefined
}

const isLangChain = (output: Readonly<Record<string, unknown>>): boolean => 'generations' in output

function messageIn({ generations }: Readonly<Record<string, unknown>>): { readonly id?: unknown } {
  const first: unknown = [generations].flat(2)[0]
  const message = isObject(first) ? first.message : undefined
  return isObject(message) && isObject(message.kwargs) ? message.kwargs : {}
}
