import type { SpanRecord } from '@runtape/core'

/** The operations of the conventions, which classify spans. */
export type Operation = 'chat' | 'embeddings' | 'execute_tool' | 'invoke_agent'

/** The operation of a recorded span; `undefined` for an ordinary function. */
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

// By the first word of a key, as chosen by the provider packages.
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

/** The provider's well-known name, if the key shows it. */
export const providerOf = ({ key }: SpanRecord): string | undefined =>
  providers.get(key.split('.', 1)[0] ?? '')
