import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { inputOf, outputOf, silent, tape } from '../../test/tape.ts'
import { decodeValue } from '../capture/decode.ts'

const caught = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return { thrown: error }
  }
}

test('a sync function returns its result at once', () => {
  const { traced, only } = tape()
  expect(traced('add', (a: number, b: number) => a + b)(1, 2)).toBe(3)
  expect(only()).toMatchObject({ status: 'ok', resultKind: 'value', output: { json: '3' }, seq: 0 })
  expect(only().error).toBeUndefined()
})

test('a function returns the identical value', () => {
  const { traced } = tape()
  const results = [
    {},
    [],
    new Map(),
    () => 1,
    Symbol('x'),
    Object.freeze({ a: 1 }),
    new Proxy({}, {}),
    undefined,
    null,
  ]
  for (const result of results) expect(traced('give', () => result)()).toBe(result)
})

test('a sync throw is rethrown unchanged, and recorded', () => {
  const { traced, only } = tape()
  const error = Object.assign(new RangeError('too far', { cause: 'map' }), { code: 7 })
  const fail = traced('fail', (): number => {
    throw error
  })
  expect(caught(fail)).toEqual({ thrown: error })
  expect(only()).toMatchObject({
    status: 'error',
    resultKind: 'value',
    error: { name: 'RangeError', message: 'too far' },
  })
  expect(only().output).toBeUndefined()
  const value = decodeValue(only().error?.value as never)
  expect(value).toBeInstanceOf(RangeError)
  expect(value).toMatchObject({ message: 'too far', cause: 'map', code: 7, stack: error.stack })
})

test('any thrown value is rethrown and recorded', () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const unreadable = Object.defineProperty(new Error('x'), 'message', {
    get: () => {
      throw new Error('not for you')
    },
  })
  const circular = Object.assign(new Error('round'), { self: {} as unknown })
  circular.self = circular
  for (const thrown of [
    'text',
    undefined,
    null,
    0,
    Symbol('s'),
    { status: 500 },
    () => 1,
    proxy,
    unreadable,
    circular,
  ]) {
    const { traced, only } = tape()
    const fail = traced('fail', () => {
      throw thrown
    })
    expect((caught(fail) as { thrown: unknown }).thrown).toBe(thrown)
    expect(only()).toMatchObject({ status: 'error' })
    expect(typeof only().error?.message).toBe('string')
    expect(typeof only().error?.name).toBe('string')
  }
})

test('a promise is fulfilled with the identical value, and recorded', async () => {
  const { traced, only } = tape()
  const value = { id: 1 }
  const promise = traced('load', async (_id: number) => value)(1)
  expect(promise).toBeInstanceOf(Promise)
  expect(await promise).toBe(value)
  expect(only()).toMatchObject({ status: 'ok', resultKind: 'promise', output: { json: '{"id":1}' } })
})

test('a rejection is passed on unchanged, and recorded once', async () => {
  const { traced, only } = tape()
  const error = new TypeError('no')
  const promise = traced('load', async () => {
    throw error
  })()
  await expect(promise).rejects.toBe(error)
  await expect(promise).rejects.toBe(error)
  expect(only()).toMatchObject({
    status: 'error',
    resultKind: 'promise',
    error: { name: 'TypeError', message: 'no' },
  })
})

const inProcess = promisify(execFile)
const run = (name: string) =>
  inProcess(process.execPath, [
    '--expose-gc',
    '--experimental-strip-types',
    '--disable-warning=ExperimentalWarning',
    fileURLToPath(new URL(`../../test/${name}`, import.meta.url)),
  ])

test('an unhandled rejection is still reported to the process, once', async () => {
  const { stdout } = await run('unhandled.ts')
  expect(JSON.parse(stdout)).toEqual({
    noticed: ['lost', 'lost and cached'],
    status: ['error', 'error', 'error', 'error', 'error', 'error'],
  })
})

test('a promise keeps its own methods', async () => {
  const { traced, only } = tape()
  const start = traced('start', () => Object.assign(Promise.resolve(1), { cancel: () => 'cancelled' }))
  const job = start()
  expect(job.cancel()).toBe('cancelled')
  expect(await job).toBe(1)
  expect(only()).toMatchObject({ status: 'ok', output: { json: '1' } })
})

test('a cached promise keeps its identity, and each call leaves a span', async () => {
  const { traced, spans } = tape()
  const cache = new Map<string, Promise<{ id: string }>>()
  const load = traced('load', (id: string) => {
    const known = cache.get(id) ?? Promise.resolve({ id })
    cache.set(id, known)
    return known
  })
  const [first, second, other] = [load('a'), load('a'), load('b')]
  expect(second).toBe(first)
  expect(other).not.toBe(first)
  expect(await first).toBe(await second)
  expect(load('a')).toBe(first)
  await other
  const ids = ['a', 'a', 'a', 'b']
  expect(spans.map(span => span.output?.json).sort()).toEqual(ids.map(id => JSON.stringify({ id })))
})

class Query implements PromiseLike<string[]> {
  runs = 0
  // biome-ignore lint/suspicious/noThenProperty: a lazy query, as query builders are.
  then<A = string[], B = never>(
    ok?: ((value: string[]) => A | PromiseLike<A>) | null,
    bad?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    this.runs++
    return Promise.resolve(['row']).then(ok, bad)
  }
  limit() {
    return this
  }
}

test('a lazy thenable is the same object, is not started, and is recorded when awaited', async () => {
  const { traced, spans, only } = tape()
  const query = new Query()
  const given = traced('select', () => query)()
  expect(given).toBe(query)
  expect(given.limit()).toBe(query)
  await null
  expect(query.runs).toBe(0)
  expect(spans).toHaveLength(0)
  expect(await given).toEqual(['row'])
  expect(query.runs).toBe(1)
  expect(only()).toMatchObject({ status: 'ok', resultKind: 'promise', output: { json: '["row"]' } })
  await given
  expect(spans).toHaveLength(1)
})

test('a thenable whose then returns nothing can be awaited', async () => {
  const { traced, only } = tape()
  // biome-ignore lint/suspicious/noThenProperty: the smallest possible thenable.
  const smallest = { then: (resolve: (value: number) => void) => resolve(5) } as PromiseLike<number>
  expect(await traced('five', () => smallest)()).toBe(5)
  expect(only()).toMatchObject({ status: 'ok', output: { json: '5' } })
})

test('a promise keeps its subclass', async () => {
  class Tagged<T> extends Promise<T> {
    tag = 'x'
  }
  const { traced, only } = tape()
  const promise = traced('tagged', () => Tagged.resolve(2) as Tagged<number>)()
  expect(promise).toBeInstanceOf(Tagged)
  expect(promise.tag).toBe('x')
  expect(await promise.then(n => n + 1)).toBe(3)
  expect(only()).toMatchObject({ status: 'ok', output: { json: '2' } })
})

test('a lazy thenable that is never awaited leaves an abandoned span', async () => {
  const { stdout } = await run('never-awaited.ts')
  expect(JSON.parse(stdout)).toEqual([
    { key: 'never', status: 'abandoned', resultKind: 'promise' },
    { key: 'slow', status: 'ok', resultKind: 'promise' },
  ])
})

test('results that throw on inspection are passed on', () => {
  const { traced, spans } = tape()
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const throwing = new Proxy(
    {},
    {
      get: () => {
        throw new Error('keep out')
      },
      getPrototypeOf: () => {
        throw new Error('keep out')
      },
    },
  )
  expect(traced('revoked', () => proxy)()).toBe(proxy)
  expect(traced('throwing', () => throwing)()).toBe(throwing)
  expect(spans.map(span => [span.status, span.output?.lossy?.length])).toEqual([
    ['ok', 1],
    ['ok', 1],
  ])
})

test('a promise of a value that throws on inspection is fulfilled with it', async () => {
  const { traced, only } = tape()
  const throwing = new Proxy(
    {},
    {
      get: (_target, key) => {
        if (key === 'then') return undefined
        throw new Error('keep out')
      },
      getPrototypeOf: () => {
        throw new Error('keep out')
      },
    },
  )
  expect(await traced('throwing', async () => throwing)()).toBe(throwing)
  expect(only().status).toBe('ok')
})

test('a sink that throws has no effect, apart from a warning', async () => {
  const said: string[] = []
  const broken = {
    append: () => {
      throw new Error('disk full')
    },
    flush: async () => {},
    close: async () => {},
  }
  const { traced } = tape({ sink: broken, logger: { warn: message => said.push(message) } })
  expect(traced('a', () => 1)()).toBe(1)
  expect(await traced('b', async () => 2)()).toBe(2)
  expect([
    ...traced('c', function* () {
      yield 3
    })(),
  ]).toEqual([3])
  expect(said).toEqual(['a', 'b', 'c'].map(key => `The sink did not accept a span of ${key}: disk full`))
})

test('a sink that rejects does not end the process', async () => {
  const said: string[] = []
  const remote = {
    append: async () => {
      throw new Error('offline')
    },
    flush: async () => {},
    close: async () => {},
  }
  const { traced } = tape({ sink: remote, logger: { warn: message => said.push(message) } })
  expect(traced('a', () => 1)()).toBe(1)
  await new Promise(resolve => setImmediate(resolve))
  expect(said).toEqual(['The sink did not accept a span of a: offline'])
})

test('a logger that also throws has no effect', () => {
  const broken = {
    append: () => {
      throw new Error('disk full')
    },
    flush: async () => {},
    close: async () => {},
  }
  const logger = {
    warn: () => {
      throw new Error('no log')
    },
  }
  expect(tape({ sink: broken, logger }).traced('a', () => 1)()).toBe(1)
  expect(tape({ logger: silent }).traced('a', () => 1)()).toBe(1)
})

test('a call with a too large input is recorded, and the input is marked', () => {
  const { traced, only } = tape({ maxPayloadBytes: 50 })
  expect(traced('long', (text: string) => text.length)('x'.repeat(100))).toBe(100)
  expect(only()).toMatchObject({ input: { json: 'null', truncated: 101 }, output: { json: '100' } })
})

test('unsupported arguments are marked', () => {
  const { traced, only } = tape()
  const map = traced('map', <T>(list: number[], fn: (n: number) => T) => list.map(n => fn(n)))
  expect(map([1], n => n + 1)).toEqual([2])
  expect(only().input.lossy).toEqual(['$[1]: a function'])
  expect(inputOf(only())).toEqual([[1], expect.any(Function)])
  expect(outputOf(only())).toEqual([2])
})
