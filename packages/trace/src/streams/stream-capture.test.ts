import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { outputOf, tape } from '../../test/tape.ts'

async function* numbers(upTo: number): AsyncGenerator<number, string> {
  for (let n = 1; n <= upTo; n++) {
    await null
    yield n
  }
  return 'done'
}

function* letters(): Generator<string | undefined, number, string | undefined> {
  const got = yield 'a'
  yield got
  return 2
}

async function readAll<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = []
  for await (const chunk of iterable) read.push(chunk)
  return read
}

test('an async generator passes its chunks and leaves one span with chunks and return value', async () => {
  const { traced, only, spans } = tape()
  const stream = traced('numbers', numbers)(3)
  expect(stream[Symbol.asyncIterator]()).toBe(stream)
  expect(spans).toHaveLength(0)
  expect(await readAll(stream)).toEqual([1, 2, 3])
  expect(only()).toMatchObject({ status: 'ok', resultKind: 'async-generator' })
  expect(outputOf(only())).toEqual({ chunks: [1, 2, 3], returned: 'done' })
})

test('a generator receives sent values and stays sync', () => {
  const { traced, only } = tape()
  const steps = traced('letters', letters)()
  expect([steps.next(), steps.next('b'), steps.next(''), steps.next('')]).toEqual([
    { done: false, value: 'a' },
    { done: false, value: 'b' },
    { done: true, value: 2 },
    { done: true, value: undefined },
  ])
  expect(only()).toMatchObject({ status: 'ok', resultKind: 'generator' })
  expect(outputOf(only())).toEqual({ chunks: ['a', 'b'], returned: 2 })
})

test('a generator is recorded under yield*, spread and iterator helpers', () => {
  const { traced, spans } = tape()
  const inner = traced('letters', letters)
  const outer = function* () {
    return yield* inner()
  }
  expect([...outer()]).toEqual(['a', undefined])
  expect([...inner()]).toEqual(['a', undefined])
  const { map } = Object.getPrototypeOf(Object.getPrototypeOf([].values()))
  expect([...map.call(inner(), (chunk: unknown) => [chunk])]).toEqual([['a'], [undefined]])
  expect(spans.map(outputOf)).toEqual(Array(3).fill({ chunks: ['a', undefined], returned: 2 }))
})

test('an async generator is recorded under yield*', async () => {
  const { traced, only } = tape()
  const inner = traced('numbers', numbers)
  const outer = async function* () {
    yield 0
    yield* inner(2)
  }
  expect(await readAll(outer())).toEqual([0, 1, 2])
  expect(outputOf(only())).toEqual({ chunks: [1, 2], returned: 'done' })
})

test('a consumer that stops early leaves a cancelled span with the chunks it read', async () => {
  const { traced, only } = tape()
  let cleanedUp = false
  const stream = traced('stream', async function* () {
    try {
      yield* numbers(10)
    } finally {
      cleanedUp = true
    }
  })
  for await (const n of stream()) if (n === 2) break
  expect(cleanedUp).toBe(true)
  expect(only()).toMatchObject({ status: 'cancelled' })
  expect(outputOf(only())).toEqual({ chunks: [1, 2], returned: undefined })
})

test('return() before the first chunk leaves a cancelled span', async () => {
  const { traced, only } = tape()
  expect(await traced('numbers', numbers)(3).return('early')).toEqual({ done: true, value: 'early' })
  expect(only().status).toBe('cancelled')
})

test('a generator that yields in its finally is recorded to its actual end', () => {
  const { traced, only } = tape()
  const steps = traced('stubborn', function* () {
    try {
      yield 1
    } finally {
      yield 2
    }
  })()
  expect([steps.next(), steps.return(undefined as never)]).toEqual([
    { done: false, value: 1 },
    { done: false, value: 2 },
  ])
  steps.next()
  expect(only().status).toBe('ok')
  expect(outputOf(only())).toMatchObject({ chunks: [1, 2] })
})

test('after throw() by the consumer, the span ends as the generator does', () => {
  const { traced, spans } = tape()
  const catching = traced('catching', function* () {
    try {
      yield 1
    } catch {
      yield 'caught'
    }
  })()
  catching.next()
  expect(catching.throw(new Error('in'))).toEqual({ done: false, value: 'caught' })
  catching.next()
  const failing = traced('letters', letters)()
  failing.next()
  expect(() => failing.throw(new Error('in'))).toThrow('in')
  expect(spans.map(span => [span.status, span.error?.message])).toEqual([
    ['ok', undefined],
    ['error', 'in'],
  ])
})

test('an error in the middle reaches the consumer unchanged, and is recorded with the chunks before it', async () => {
  const { traced, only } = tape()
  const error = Object.assign(new TypeError('cut off'), { at: 2 })
  const stream = traced('stream', async function* () {
    yield 1
    throw error
  })()
  expect(await stream.next()).toEqual({ done: false, value: 1 })
  await expect(stream.next()).rejects.toBe(error)
  expect(await stream.next()).toEqual({ done: true, value: undefined })
  expect(only()).toMatchObject({ status: 'error', error: { name: 'TypeError', message: 'cut off' } })
  expect(outputOf(only())).toEqual({ chunks: [1], returned: undefined })
})

test('an async function that returns a stream or a generator is recorded as such', async () => {
  const { traced, spans } = tape()
  expect(await readAll(await traced('open', async () => numbers(2))())).toEqual([1, 2])
  expect([...(await traced('letters', async () => letters())())]).toEqual(['a', undefined])
  expect(spans.map(span => [span.resultKind, span.status])).toEqual([
    ['promise-of-async-generator', 'ok'],
    ['promise-of-generator', 'ok'],
  ])
})

test('an async iterable is the same object, with its other methods', async () => {
  class Stream implements AsyncIterable<number> {
    [Symbol.asyncIterator]() {
      return numbers(2)
    }
    readonly controller = 'mine'
  }
  const { traced, only } = tape()
  const stream = new Stream()
  const given = traced('stream', () => stream)()
  expect(given).toBe(stream)
  expect(given.controller).toBe('mine')
  expect(await readAll(given)).toEqual([1, 2])
  expect(only()).toMatchObject({ status: 'ok', resultKind: 'async-generator' })
})

test('a chunk is recorded as it was when emitted', async () => {
  const { traced, only } = tape()
  const chunk = { text: 'a' }
  const stream = traced('same', async function* () {
    yield chunk
    yield chunk
  })()
  for await (const passed of stream) {
    expect(passed).toBe(chunk)
    passed.text += 'b'
  }
  expect(outputOf(only())).toMatchObject({ chunks: [{ text: 'a' }, { text: 'ab' }] })
})

test('a stream that exceeds the limit is marked, and not kept in memory', async () => {
  const { traced, only } = tape({ maxPayloadBytes: 100 })
  const page = (size: number) => 'x'.repeat(size)
  const stream = traced('pages', async function* () {
    for (let n = 0; n < 20; n++) yield page(20)
  })
  expect(await readAll(stream())).toHaveLength(20)
  expect(only().output).toEqual({ json: 'null', truncated: 120 })
})

test('a too large chunk or return value marks the whole output', async () => {
  const { traced, spans } = tape({ maxPayloadBytes: 100 })
  await readAll(
    traced('chunk', async function* () {
      yield 'x'.repeat(200)
      yield 'small'
    })(),
  )
  await readAll(
    // biome-ignore lint/correctness/useYield: tests the return value.
    traced('returned', async function* () {
      return 'x'.repeat(200)
    })(),
  )
  expect(spans.map(span => span.output)).toEqual([
    { json: 'null', truncated: 200 },
    { json: 'null', truncated: 200 },
  ])
})

test('streams never read, or dropped halfway, leave one abandoned span; a fully read one does not', () => {
  const script = fileURLToPath(new URL('../../test/never-read.ts', import.meta.url))
  const flags = ['--expose-gc', '--experimental-strip-types', '--disable-warning=ExperimentalWarning']
  const spans = JSON.parse(execFileSync(process.execPath, [...flags, script], { encoding: 'utf8' }))
  expect(spans).toEqual({ halfway: 'abandoned 2', never: 'abandoned 0', read: 'ok 50' })
})
