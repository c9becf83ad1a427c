/** A promise class as SDKs have it: the work begins when the result is asked for, and it has methods of its own. */
export class LazyPromise<T> extends Promise<T> {
  asked = 0
  readonly #work: () => Promise<T>
  #result: Promise<T> | undefined

  constructor(work: () => Promise<T>) {
    super(resolve => resolve(undefined as T))
    this.#work = work
  }

  #ask(): Promise<T> {
    this.asked++
    this.#result ??= this.#work()
    return this.#result
  }

  async withName(name: string): Promise<{ name: string; data: T }> {
    return { name, data: await this.#ask() }
  }

  // biome-ignore lint/suspicious/noThenProperty: this is what such classes do.
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#ask().then(onFulfilled, onRejected)
  }

  override catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#ask().catch(onRejected)
  }

  override finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#ask().finally(onFinally)
  }
}

/** `target`, with `then` as its own member. */
export function withThen<T extends object, F>(target: T, value: F): T & { then: F } {
  return Object.defineProperty(target, 'then', { value, configurable: true, enumerable: true }) as T & {
    then: F
  }
}
