/** Fails in the way of `fn`: an async function rejects, an async generator throws when it is read. */
export function throwOrReject(fn: (...args: unknown[]) => unknown, error: Error): unknown {
  switch (Object.prototype.toString.call(fn)) {
    case '[object AsyncFunction]':
      return Promise.reject(error)
    case '[object AsyncGeneratorFunction]':
      return asyncGeneratorOf(error)
    case '[object GeneratorFunction]':
      return generatorOf(error)
    default:
      throw error
  }
}

// biome-ignore lint/correctness/useYield: its consumer gets the error in place of the first chunk.
async function* asyncGeneratorOf(error: Error): AsyncGenerator {
  throw error
}

// biome-ignore lint/correctness/useYield: its consumer gets the error in place of the first chunk.
function* generatorOf(error: Error): Generator {
  throw error
}
