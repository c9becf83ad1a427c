import { collectAs, outcomeAs } from '../host/settled.ts'

/** A question for Converse and ConverseStream. */
export const question = {
  modelId: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
  messages: [{ role: 'user' as const, content: [{ text: 'Wie spät ist es?' }] }],
}

/** A question for InvokeModel and InvokeModelWithResponseStream with an Anthropic model. */
export const invocation = {
  modelId: question.modelId,
  contentType: 'application/json',
  body: JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 100, messages: [] }),
}

interface ErrorFields extends Error {
  readonly code?: unknown
  readonly $fault?: unknown
  readonly $metadata?: object
  readonly $response?: { readonly statusCode?: unknown }
}

/** The observable parts of an SDK error. */
export function observedError(error: unknown): unknown {
  const { name, constructor, message, code, cause, $fault, $metadata, $response } = error as ErrorFields
  return {
    class: constructor.name,
    name,
    message,
    code,
    $fault,
    metadata: steady($metadata),
    status: $response?.statusCode,
    because: cause instanceof Error ? `${cause.name}: ${cause.message}` : cause,
  }
}

/** The SDK's metadata of the request, without the random delay between attempts. */
export const steady = (metadata: object | undefined): object | undefined =>
  metadata && { ...metadata, ...('totalRetryDelay' in metadata && { totalRetryDelay: 'told' }) }

/** The result of an SDK promise: its output, or the observable parts of its error. */
export const outcome = (promise: Promise<object>): Promise<unknown> =>
  outcomeAs(observedError)(promise.then(withSteadyMetadata))

const withSteadyMetadata = (output: object): object =>
  '$metadata' in output ? { ...output, $metadata: steady(output.$metadata as object) } : { ...output }

/** Reads an SDK stream to its end: its items, and the observable parts of a final error. */
export const collect = collectAs(observedError)
