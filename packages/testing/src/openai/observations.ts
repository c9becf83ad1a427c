import { collectAs, outcomeAs } from '../host/settled.ts'
import { refusingModel } from './case.ts'

/** A question for `chat.completions.create`. */
export const question = {
  model: 'gpt-test',
  messages: [{ role: 'user' as const, content: 'Wie spät ist es?' }],
}

/** A question for a streamed answer. */
export const streamed = { ...question, stream: true } as const

/** The same for a host that refuses `stream_options`. */
export const refusing = { ...streamed, model: refusingModel }

interface ErrorFields extends Error {
  readonly status?: unknown
  readonly code?: unknown
  readonly type?: unknown
  readonly requestID?: unknown
}

/** The observable parts of an SDK error. */
export function observedError(error: unknown): unknown {
  const { name, constructor, message, status, code, type, requestID, cause } = error as ErrorFields
  const because = cause instanceof Error ? `${cause.name}: ${cause.message}` : cause
  return { class: constructor.name, name, message, status, code, type, requestID, because }
}

/** The result of an SDK promise: its value, or the observable parts of its error. */
export const outcome = outcomeAs(observedError)

/** Reads an SDK stream to its end: its items, and the observable parts of a final error. */
export const collect = collectAs(observedError)
