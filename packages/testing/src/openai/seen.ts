import { collectAs, outcomeAs } from '../host/settled.ts'
import { refusingModel } from './case.ts'

/** A question for `chat.completions.create`. */
export const question = {
  model: 'gpt-test',
  messages: [{ role: 'user' as const, content: 'Wie spät ist es?' }],
}

/** The question whose answer is to be streamed. */
export const streamed = { ...question, stream: true } as const

/** The same for a host that refuses `stream_options`. */
export const refusing = { ...streamed, model: refusingModel }

interface ErrorFields extends Error {
  readonly status?: unknown
  readonly code?: unknown
  readonly type?: unknown
  readonly requestID?: unknown
}

/** What an application can tell of an error of the SDK. */
export function errorSeen(error: unknown): unknown {
  const { name, constructor, message, status, code, type, requestID, cause } = error as ErrorFields
  const because = cause instanceof Error ? `${cause.name}: ${cause.message}` : cause
  return { class: constructor.name, name, message, status, code, type, requestID, because }
}

/** What a promise of the SDK came to: its value, or what an application can tell of its error. */
export const outcome = outcomeAs(errorSeen)

/** Reads a stream of the SDK to its end: its items, and what an application can tell of the error that ended it. */
export const collect = collectAs(errorSeen)
