import { collectAs, outcomeAs } from '../host/settled.ts'

/** A question for `models.generateContent`. */
export const question = { model: 'gemini-test', contents: 'Wie spät ist es?' }

/** What an application can tell of an error of the SDK. */
export function errorSeen(error: unknown): unknown {
  const { name, constructor, message, status, cause } = error as Error & { status?: unknown }
  const because = cause instanceof Error ? `${cause.name}: ${cause.message}` : cause
  return { class: constructor.name, name, message, status, because }
}

/** What a promise of the SDK came to: its value, or what an application can tell of its error. */
export const outcome = outcomeAs(errorSeen)

/** Reads a stream of the SDK to its end: its items, and what an application can tell of the error that ended it. */
export const collect = collectAs(errorSeen)
