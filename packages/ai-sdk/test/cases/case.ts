import type { FakeHost, Reply } from '@runtape/testing/openai'
import type { LanguageModel, ToolSet } from 'ai'
import type { Sdk } from '../sdks.ts'

type Model = Exclude<LanguageModel, string>

/** The models that an application uses, bare or instrumented. */
export interface Given {
  readonly sdk: Sdk
  readonly ai: Sdk['ai']
  readonly host: FakeHost
  /** OpenAI's chat completions, its responses, and Anthropic's messages at the host. */
  readonly chat: Model
  readonly responses: Model
  readonly claude: Model
  /** The test's own model, bare or instrumented. */
  wrap(model: Model): Model
  /** The same for an embedding model; absent if the SDK has no middleware for these. */
  readonly embedding?: ReturnType<ReturnType<Sdk['createOpenAI']>['embedding']>
  tools<T extends ToolSet>(tools: T): T
}

/** What the AI SDK promises an application. */
export interface Case {
  /** What the application does or encounters. */
  readonly title: string
  readonly majors?: readonly Sdk['major'][]
  readonly reply: Reply
  /** Resolves to everything that the application sees. */
  observe(given: Given): Promise<unknown>
  /** Nothing reaches the host. */
  readonly isSilent?: true
  /** The connection stays open, so the call does not end. */
  readonly staysOpen?: true
  /** Why a replay differs. */
  readonly unlikeInReplay?: string
}

/** Headers that make the SDK retry after a millisecond. */
export const soon = { 'retry-after-ms': '1' }

export const question = 'What time is it?'

/** What an application sees of the result of `generateText` and its like. */
export function resultSeen(result: object): unknown {
  const { text, object, content, toolCalls, toolResults, finishReason, usage, totalUsage, warnings } =
    result as Record<string, unknown>
  const { steps, reasoningText, sources, files, response, request, providerMetadata } = result as Record<
    string,
    unknown
  >
  const { id, modelId, timestamp, messages, headers } = (response ?? {}) as Record<string, unknown> & {
    headers?: Record<string, string>
  }
  return {
    ...{ text, object, content, toolCalls, toolResults, finishReason, usage, totalUsage, warnings },
    ...{ reasoningText, sources, files, providerMetadata, steps: Array.isArray(steps) && steps.length },
    response: { id, modelId, timestamp: timeSeen(timestamp), messages, requestId: headers?.['x-request-id'] },
    body: (request as { body?: unknown } | undefined)?.body,
  }
}

/** The time in the host's answer, not the time at which the SDK received it. */
export const timeSeen = (time: unknown): unknown =>
  time instanceof Date && time.getTime() !== 1_760_000_000_000 ? 'a time' : time

/** What an application sees of an error: its class, its message and its members. */
export function observedError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, cause } = error
  const { statusCode, isRetryable, responseBody, url, errors, lastError, reason, data } = error as Error &
    Record<string, unknown>
  const marks = Object.getOwnPropertySymbols(error).map(String)
  return {
    ...{
      class: error.constructor.name,
      name,
      message,
      statusCode,
      isRetryable,
      responseBody,
      url,
      data,
      reason,
      marks,
    },
    cause: cause === undefined ? undefined : String(cause),
    errors: Array.isArray(errors) ? errors.map(observedError) : errors,
    lastError: lastError && observedError(lastError),
  }
}

export const outcome = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    value => ({ value }),
    (error: unknown) => ({ error: observedError(error) }),
  )

/** The types of the parts of a stream, and its error. */
export async function typesOf(stream: AsyncIterable<{ readonly type: string }>): Promise<unknown[]> {
  const seen: unknown[] = []
  try {
    for await (const { type } of stream) seen.push(type)
  } catch (error) {
    seen.push(observedError(error))
  }
  return seen
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const part of stream) all.push(part)
  return all
}
