import { collectAs, outcomeAs } from '../host/settled.ts'

/** A question for `messages.create`. */
export const question = {
  model: 'claude-test',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Wie spät ist es?' }],
}

/** The question whose answer is to be streamed. */
export const streamed = { ...question, stream: true } as const

interface ErrorFields extends Error {
  readonly status?: unknown
  readonly error?: unknown
  readonly type?: unknown
  readonly requestID?: unknown
}

/** What an application can tell of an error of the SDK. */
export function errorSeen(error: unknown): unknown {
  const { name, constructor, message, status, error: told, type, requestID, cause } = error as ErrorFields
  const because = cause instanceof Error ? `${cause.name}: ${cause.message}` : cause
  return { class: constructor.name, name, message, status, told, type, requestID, because }
}

/** What a promise of the SDK came to: its value, or what an application can tell of its error. */
export const outcome = outcomeAs(errorSeen)

/** Reads a stream of the SDK to its end: its items, and what an application can tell of the error that ended it. */
export const collect = collectAs(errorSeen)
