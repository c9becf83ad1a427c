import { collectAs, outcomeAs } from '../host/settled.ts'

/** A question for `messages.create`. */
export const question = {
  model: 'claude-test',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Wie spät ist es?' }],
}

/** A question for a streamed answer. */
export const streamed = { ...question, stream: true } as const

interface ErrorFields extends Error {
  readonly status?: unknown
  readonly error?: unknown
  readonly type?: unknown
  readonly requestID?: unknown
}

/** The observable parts of an SDK error. */
export function observedError(error: unknown): unknown {
  const { name, constructor, message, status, error: told, type, requestID, cause } = error as ErrorFields
  const because = cause instanceof Error ? `${cause.name}: ${cause.message}` : cause
  return { class: constructor.name, name, message, status, told, type, requestID, because }
}

/** The result of an SDK promise: its value, or the observable parts of its error. */
export const outcome = outcomeAs(observedError)

/** Reads an SDK stream to its end: its items, and the observable parts of a final error. */
export const collect = collectAs(observedError)
