/** The observable parts of an error. */
export type ErrorSeen = (error: unknown) => unknown

/** The settled result of a promise, for comparison. */
export const outcomeAs =
  (observedError: ErrorSeen) =>
  async (promise: PromiseLike<unknown>): Promise<unknown> => {
    try {
      return { value: await promise }
    } catch (error) {
      return { error: observedError(error) }
    }
  }

/** The received items, and the final error if any. */
export interface Collected<T> {
  readonly items: T[]
  readonly error?: unknown
}

/** Reads to the end, even if it is an error. */
export const collectAs =
  (observedError: ErrorSeen) =>
  async <T>(items: AsyncIterable<T> | Iterable<T> | undefined): Promise<Collected<T>> => {
    const seen: T[] = []
    try {
      for await (const item of items ?? []) seen.push(item)
    } catch (error) {
      return { items: seen, error: observedError(error) }
    }
    return { items: seen }
  }
