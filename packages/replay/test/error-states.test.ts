import { describe, expect, test } from 'vitest'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape } from './tape.ts'

class RateLimitError extends Error {
  readonly status = 429
}

describe('a served error is as extensible as the recorded one', () => {
  test.each<readonly [string, (error: Error) => unknown]>([
    ['frozen', Object.freeze],
    ['sealed', Object.seal],
    ['not extensible', Object.preventExtensions],
    ['unchanged', error => error],
  ])('%s, thrown synchronously or rejected', async (_what, put) => {
    const tape = newTape()
    const fail = () => {
      throw put(new RateLimitError('slow down', { cause: new Error('429') }))
    }
    const tools = [
      tape.tracer.traced('sync', { mockOnReplay: true }, fail),
      tape.tracer.traced('async', { mockOnReplay: true }, async () => fail()),
    ]
    const fn = tape.tracer.traced('fn', async () => {
      const seen: unknown[] = []
      for (const tool of tools) {
        const error = await Promise.resolve()
          .then(tool)
          .catch((problem: unknown) => problem)
        seen.push([Object.isFrozen(error), Object.isSealed(error), Object.isExtensible(error)])
        seen.push([
          error instanceof RateLimitError,
          (error as RateLimitError).status,
          Reflect.set(error as object, 'tries', 1),
        ])
      }
      return seen
    })
    const item = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(item).toMatchObject({
      same: true,
      result: item.originalOutput as object,
      mocks: { served: [{}, {}] },
    })
  })
})
