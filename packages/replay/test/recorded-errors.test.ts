import { registerErrorClass } from '@runtape/trace'
import { afterEach, describe, expect, test } from 'vitest'
import { replay } from '../src/index.ts'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape } from './tape.ts'

class ApiError extends Error {
  override readonly name: string = 'ApiError'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

class RateLimitError extends ApiError {
  override readonly name = 'RateLimitError'
  readonly retryAfterMs = 5
}

/** Retries once after a rate limit, as most clients do. */
function retrying(fail: () => unknown) {
  const tape = newTape()
  let isDown = true
  const ask = tape.tracer.traced('ask', { mockOnReplay: true }, async (_n: number) => {
    if (isDown) {
      isDown = false
      throw fail()
    }
    return 'answered'
  })
  const fn = tape.tracer.traced('fn', async () => {
    try {
      return await ask(1)
    } catch (error) {
      if (!(error instanceof RateLimitError)) throw error
      return `${await ask(2)} after ${error.retryAfterMs} ms (${error.status})`
    }
  })
  return { tape, fn }
}

describe('a recorded error', () => {
  test('of an application class is an instance of it, so that the retry happens', async () => {
    const { tape, fn } = retrying(() => new RateLimitError(429, 'slow down'))
    const { result, same, mocks } = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(result).toBe('answered after 5 ms (429)')
    expect(same).toBe(true)
    expect(mocks).toMatchObject({ served: [{}, {}], missed: [], unused: [] })
  })

  test('of a class not thrown here is found if the class is loaded', async () => {
    const { store, tracer, recorder } = newTape()
    // Declared here, so that no other test has seen it.
    class QuotaError extends ApiError {}
    const ask = tracer.traced('ask', { mockOnReplay: true }, async () => {
      throw new QuotaError(402, 'no credit')
    })
    const fn = tracer.traced('fn', async () => ask().catch((error: unknown) => error instanceof QuotaError))
    await fn()
    await recorder.flush()
    const classes = (globalThis as Record<symbol, unknown>)[Symbol.for('runtape.error-classes.1')] as {
      seen: Map<string, unknown>
    }
    classes.seen.clear()
    const { items } = await replay(fn, { store, mock: 'marked' })
    expect(items[0]).toMatchObject({ result: true, same: true })
  })

  test('of an unloaded class is a miss that names the class', async () => {
    const { tape, fn } = retrying(() => {
      const Gone = { GoneError: class GoneError extends Error {} }.GoneError
      return new Gone('gone')
    })
    const item = await recordAndReplay(tape, fn, { mock: 'marked' }, () => {
      const classes = (globalThis as Record<symbol, unknown>)[Symbol.for('runtape.error-classes.1')] as {
        seen: Map<string, WeakRef<object>[]>
      }
      classes.seen.set('GoneError', [])
      const kept = [class GoneError extends Error {}, class GoneError extends Error {}]
      holders.push(...kept)
    })
    expect(item.error).toMatch(
      /this process has \d classes named GoneError; pass the right one to registerErrorClass/,
    )
    expect(item.mocks.missed).toMatchObject([{ key: 'ask', reason: expect.stringContaining('GoneError') }])
    registerErrorClass(holders[0] as typeof Error)
    const { store } = tape
    const { items } = await replay(fn, { store, mock: 'marked', traceIds: [item.sourceTraceId] })
    expect(items[0]).toMatchObject({ error: 'gone', mocks: { missed: [] } })
    expect(items[0]?.thrown).toBeInstanceOf(holders[0])
  })

  test('keeps its symbol properties and causes', async () => {
    const marker = Symbol.for('vendor.error')
    const { tape, fn } = retrying(() =>
      Object.assign(new ApiError(500, 'down'), { [marker]: true, cause: new RateLimitError(429, 'inner') }),
    )
    const { thrown } = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(thrown).toMatchObject({ [marker]: true, status: 500, cause: { retryAfterMs: 5 } })
    expect((thrown as Error).cause).toBeInstanceOf(RateLimitError)
  })

  test('that is too large keeps its small parts, and fails by name for others', async () => {
    const { tape } = retrying(() => 0)
    // As in axios: the body of the response, and the request with its functions.
    const failure = () =>
      Object.assign(new Error('Request failed with status code 503'), {
        isAxiosError: true,
        config: { url: '/orders', transformRequest: [() => {}], headers: { Authorization: 'Bearer sk-123' } },
        response: { status: 503, headers: { 'retry-after': '1' }, data: 'x'.repeat(5_000_000) },
      })
    type AxiosLike = ReturnType<typeof failure>
    const ask = tape.tracer.traced('ask', { mockOnReplay: true }, async (): Promise<string> => {
      throw failure()
    })
    let reads = (error: AxiosLike) => `${error.response.status} ${error.config.url}`
    const fn = tape.tracer.traced('fn', async () => ask().catch((error: AxiosLike) => reads(error)))
    const item = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(item).toMatchObject({ result: '503 /orders', same: true })
    expect(item.mocks.served[0]?.notOnTape).toEqual(
      expect.arrayContaining([
        expect.stringContaining('$.response.data: too large'),
        expect.stringContaining('$.config.headers.Authorization'),
      ]),
    )
    reads = error => error.response.data.slice(0, 1)
    const body = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(body.error).toContain(
      'the code read $.response.data of the recorded error, which is not on the tape',
    )
    expect(body.mocks).toMatchObject({
      served: [],
      missed: [{ key: 'ask', reason: expect.stringContaining('$.response.data') }],
    })
    reads = error => error.config.headers.Authorization
    const secret = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(secret.error).toContain('$.config.headers.Authorization')
  })

  test('of a class with private fields is a miss: it cannot be restored', async () => {
    class Sealed extends Error {
      readonly #code = 7
      get code() {
        return this.#code
      }
    }
    const { tape, fn } = retrying(() => new Sealed('sealed'))
    const { error } = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(error).toContain('an instance of Sealed, which has private fields')
  })

  test('has its hidden properties, and hides them', async () => {
    class Concealing extends Error {
      declare readonly issues: readonly string[]
      constructor(issues: readonly string[]) {
        super('concealing')
        Object.defineProperty(this, 'issues', { value: issues, enumerable: false })
        Object.defineProperty(this, 'flatten', { value: () => issues.length, enumerable: false })
      }
    }
    const { tape, fn } = retrying(() => new Concealing(['a', 'b']))
    const { thrown } = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(thrown).toBeInstanceOf(Concealing)
    expect((thrown as Concealing).issues).toEqual(['a', 'b'])
    expect(Object.keys(thrown as object)).toEqual([])
  })

  test('is a miss if code reads a hidden property that is not on the tape', async () => {
    class Socket {
      readonly #open = true
      readonly status = this.#open ? 503 : 0
    }
    const concealing = () => Object.defineProperty(new Error('cut off'), 'socket', { value: new Socket() })
    const tape = newTape()
    const ask = tape.tracer.traced('ask', { mockOnReplay: true }, async (): Promise<string> => {
      throw concealing()
    })
    const fn = tape.tracer.traced('fn', () =>
      ask().catch((error: ReturnType<typeof concealing> & { socket: Socket }) => `${error.socket.status}`),
    )
    const { error } = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(error).toContain('$.socket')
  })

  test('of a class with a private name only in a comment has none', async () => {
    class Noted extends Error {
      // The text is unrelated to private fields (see #6670).
      readonly code = 7
    }
    const { tape, fn } = retrying(() => new Noted('noted'))
    const { error, thrown } = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(thrown).toBeInstanceOf(Noted)
    expect(error).toBe('noted')
  })
})

describe('an override', () => {
  test.each([
    [
      'at once',
      () => {
        throw overriding
      },
    ],
    [
      'by a promise',
      async () => {
        throw overriding
      },
    ],
  ])('that throws an error of a custom class %s throws the same object', async (_how, ask) => {
    const { tape, fn } = retrying(() => new Error('as recorded'))
    const { thrown } = await recordAndReplay(tape, fn, { mock: 'marked', overrides: { ask } })
    expect(thrown).toBe(overriding)
  })
})

class Overriding extends Error {
  readonly #secret = 1
  reveal = () => this.#secret
}
const overriding = new Overriding('from the override')
const holders: unknown[] = []

afterEach(() => {
  holders.length = 0
})
