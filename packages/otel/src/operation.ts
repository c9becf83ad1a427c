import type { SpanRecord } from '@runtape/core'

/** The operations of the conventions that spans are told apart by. */
export type Operation = 'chat' | 'embeddings' | 'execute_tool' | 'invoke_agent'

/** What a span of the tape is to the conventions; `undefined` for a function that is nothing of the kind. */
export function operationOf({ type, key }: SpanRecord): Operation | undefined {
  switch (type) {
    case 'model':
      return /embed/i.test(key.slice(key.lastIndexOf('.') + 1)) ? 'embeddings' : 'chat'
    case 'embedding':
      return 'embeddings'
    case 'tool':
      return 'execute_tool'
    case 'agent':
      return 'invoke_agent'
    default:
      return undefined
  }
}

export const callsModel = (operation: Operation | undefined): boolean =>
  operation === 'chat' || operation === 'embeddings'

// By the first word of a key, as the provider packages choose them.
const providers = new Map([
  ['anthropic', 'anthropic'],
  ['bedrock', 'aws.bedrock'],
  ['cohere', 'cohere'],
  ['deepseek', 'deepseek'],
  ['google', 'gcp.gen_ai'],
  ['groq', 'groq'],
  ['mistral', 'mistral_ai'],
  ['openai', 'openai'],
  ['perplexity', 'perplexity'],
])

/** The provider's well-known name, where the key tells it. */
export const providerOf = ({ key }: SpanRecord): string | undefined =>
  providers.get(key.split('.', 1)[0] ?? '')
