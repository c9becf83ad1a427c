import { collectAs, outcomeAs } from '../host/settled.ts'

/** A question for `models.generateContent`. */
export const question = { model: 'gemini-test', contents: 'Wie spät ist es?' }

/** The observable parts of an SDK error. */
export function observedError(error: unknown): unknown {
  const { name, constructor, message, status, cause } = error as Error & { status?: unknown }
  const because = cause instanceof Error ? `${cause.name}: ${cause.message}` : cause
  return { class: constructor.name, name, message, status, because }
}

/** The result of an SDK promise: its value, or the observable parts of its error. */
export const outcome = outcomeAs(observedError)

/** Reads an SDK stream to its end: its items, and the observable parts of a final error. */
export const collect = collectAs(observedError)
