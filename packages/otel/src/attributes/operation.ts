import type { SpanRecord } from '@runtape/core'
import { requestBody, requestModel } from './request.ts'

/** The operations of the conventions, which classify spans. */
export type Operation =
  | 'chat'
  | 'embeddings'
  | 'text_completion'
  | 'execute_tool'
  | 'invoke_agent'
  | 'invoke_workflow'
  | 'retrieval'
  | 'plan'
  // Not in the conventions, which let others be named.
  | 'moderation'
  | 'image_generation'
  | 'speech'
  | 'transcription'

/** The operation of a recorded span; `undefined` for an ordinary function. */
export function operationOf(record: SpanRecord): Operation | undefined {
  const { type } = record
  switch (type) {
    case 'model':
      return modelOperation(record)
    case 'embedding':
      return 'embeddings'
    case 'tool':
      return 'execute_tool'
    case 'agent':
      return 'invoke_agent'
    case 'workflow':
      return 'invoke_workflow'
    case 'retrieval':
    case 'plan':
      return type
    default:
      return undefined
  }
}

/** By a word in the key of a call, after its provider. */
const operations: readonly (readonly [word: RegExp, Operation])[] = [
  [/embed/i, 'embeddings'],
  [/moderation/i, 'moderation'],
  [/image|predict/i, 'image_generation'],
  [/speech/i, 'speech'],
  [/transcri|translation/i, 'transcription'],
  [/^complet/i, 'text_completion'],
]

/** A call that takes any model says in its request which one. */
function modelOperation(record: SpanRecord): Operation {
  const { key, model = '' } = record
  const called = key.slice(key.indexOf('.') + 1)
  const found = operations.find(([word]) => word.test(called))
  if (found) return found[1]
  const asked = called.startsWith('invoke-model') ? (requestModel(requestBody(record)) ?? model) : ''
  return /embed/i.test(asked) ? 'embeddings' : 'chat'
}

const others: ReadonlySet<Operation | undefined> = new Set<Operation>([
  'execute_tool',
  'invoke_agent',
  'invoke_workflow',
  'retrieval',
  'plan',
])

export const callsModel = (operation: Operation | undefined): boolean =>
  operation !== undefined && !others.has(operation)

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
