/** What an application can tell of an error. */
export type ErrorSeen = (error: unknown) => unknown

/** What a promise came to, error or not, for comparison. */
export const outcomeAs =
  (errorSeen: ErrorSeen) =>
  async (promise: PromiseLike<unknown>): Promise<unknown> => {
    try {
      return { value: await promise }
    } catch (error) {
      return { error: errorSeen(error) }
    }
  }

/** The items that came, and the error that they ended with if they did. */
export interface Collected<T> {
  readonly items: T[]
  readonly error?: unknown
}

/** Reads to the end, error or not. */
export const collectAs =
  (errorSeen: ErrorSeen) =>
  async <T>(items: AsyncIterable<T> | Iterable<T> | undefined): Promise<Collected<T>> => {
    const seen: T[] = []
    try {
      for await (const item of items ?? []) seen.push(item)
    } catch (error) {
      return { items: seen, error: errorSeen(error) }
    }
    return { items: seen }
  }
