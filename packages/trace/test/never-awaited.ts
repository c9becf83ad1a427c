import { createTracer } from '@runtape/trace'
import { collected } from './collected.ts'

const spans: { key: string; status: string; resultKind: string }[] = []
const sink = {
  append: (record: object) => {
    const { key, status, resultKind } = record as (typeof spans)[number]
    spans.push({ key, status, resultKind })
  },
  flush: async () => {},
  close: async () => {},
}
const { traced } = createTracer({ sink })

class Lazy implements PromiseLike<number> {
  readonly #ms: number
  constructor(ms: number) {
    this.#ms = ms
  }
  // biome-ignore lint/suspicious/noThenProperty: a lazy query, as query builders are.
  then<A = number, B = never>(
    ok?: ((value: number) => A | PromiseLike<A>) | null,
    bad?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return new Promise<number>(resolve => setTimeout(resolve, this.#ms, 1)).then(ok, bad)
  }
}

traced('never', () => new Lazy(0))()
// Only the timer holds this one while garbage is collected.
const result = traced('slow', () => new Lazy(300))().then(value => value)
await collected(() => spans.length > 0)
await collected(() => false, 10)
await result
console.log(JSON.stringify(spans))
