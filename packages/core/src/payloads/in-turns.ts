/** Work in steps: each `yield` lets other work of the process run. */
export type InTurns<T> = Generator<undefined, T>

/** Does the work without a pause. */
export function inOneTurn<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value as T
  }
}
