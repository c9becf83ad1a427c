import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { RuntapeError, type SpanRecord } from '@runtape/core'
import type { ReplayDecision } from '@runtape/core/internal'
import { afterEach, expect, test } from 'vitest'
import { recordingOf, replayed, servedFrom } from '../../test/recorded.ts'
import { outputOf } from '../../test/tape.ts'
import { configureTracing } from '../tracing.ts'
import { traced } from './traced.ts'

afterEach(() => configureTracing(undefined))

// The code of every served call: it must not run.
const mustNotRun = (): never => {
  throw new Error('the code ran')
}

/** Calls a traced function inside a replayed root that serves it from `span`. */
function serve(span: SpanRecord, decision: ReplayDecision = servedFrom(span)) {
  const child = traced(
    'child',
    { type: 'tool', mockOnReplay: true },
    mustNotRun as (...args: unknown[]) => unknown,
  )
  return replayed(
    () => decision,
    traced('root', () => child('input')),
  )
}

async function readAll(iterable: AsyncIterable<unknown> | Iterable<unknown>): Promise<unknown[]> {
  const read: unknown[] = []
  for await (const chunk of iterable) read.push(chunk)
  return read
}

async function* chunksThenError(): AsyncGenerator<number> {
  yield 1
  throw Object.assign(new TypeError('cut off'), { at: 1 })
}

test('a value is returned synchronously, as a new value', async () => {
  const value = { at: new Date(0), ids: new Set([1n]) }
  const span = await recordingOf(() => value, [])
  const { result } = serve(span)
  expect(result).toStrictEqual(value)
  expect(result).not.toBe(serve(span).result)
})

test('undefined is returned as undefined', async () => {
  expect(serve(await recordingOf(() => undefined, [])).result).toBeUndefined()
})

test('a promise is returned as a promise', async () => {
  const { result, spans } = serve(await recordingOf(async () => [1, undefined], []))
  expect(result).toBeInstanceOf(Promise)
  expect(await result).toStrictEqual([1, undefined])
  expect(spans.find(span => span.key === 'child')).toMatchObject({ resultKind: 'promise', status: 'ok' })
})

test('a sync throw is repeated with its class and fields', async () => {
  const recorded = Object.assign(new RangeError('too far', { cause: new Error('map') }), { code: 7 })
  const span = await recordingOf(() => {
    throw recorded
  }, [])
  let thrown: unknown
  try {
    serve(span)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(RangeError)
  expect(thrown).toMatchObject({ message: 'too far', code: 7, stack: recorded.stack })
  expect((thrown as Error).cause).toEqual(new Error('map'))
})

test('a thrown value that is not an error is thrown again', async () => {
  const span = await recordingOf(() => {
    throw { status: 429 }
  }, [])
  expect(() => serve(span)).toThrow(expect.objectContaining({ status: 429 }))
})

test('a rejection is replayed as a rejection, not a throw', async () => {
  const span = await recordingOf(async () => {
    throw new SyntaxError('no JSON')
  }, [])
  const { result } = serve(span)
  expect(result).toBeInstanceOf(Promise)
  await expect(result).rejects.toThrow(new SyntaxError('no JSON'))
})

test('a ReadableStream is returned as one, also for BYOB readers', async () => {
  const streamOf = (...chunks: unknown[]) => {
    const waiting = chunks.values()
    return new ReadableStream({
      pull: controller => {
        const { done, value } = waiting.next()
        return done ? controller.close() : controller.enqueue(value)
      },
    })
  }
  const texts = await recordingOf(() => streamOf('a', 'b'), [], readAll)
  const { result, spans } = serve(texts)
  const reader = (result as ReadableStream).getReader()
  expect([await reader.read(), await reader.read(), await reader.read()]).toEqual([
    { done: false, value: 'a' },
    { done: false, value: 'b' },
    { done: true, value: undefined },
  ])
  expect(spans.find(span => span.key === 'child')).toMatchObject({ status: 'ok', resultKind: 'web-stream' })
  const bytes = await recordingOf(
    async () => streamOf(new Uint8Array([1, 2])),
    [],
    async stream => readAll(await stream),
  )
  const again = (await serve(bytes).result) as ReadableStream
  const own = again.getReader({ mode: 'byob' })
  expect((await own.read(new Uint8Array(9))).value).toEqual(new Uint8Array([1, 2]))
  expect((await own.read(new Uint8Array(9))).done).toBe(true)
})

test('a web stream of bytes with an empty chunk returns all its chunks', async () => {
  const chunks = [new Uint8Array([1]), new Uint8Array(), new Uint8Array([2])]
  const recorded = await recordingOf(() => ReadableStream.from(chunks), [], readAll)
  expect(await readAll(serve(recorded).result as ReadableStream)).toEqual(chunks)
})

test('a stream without a recorded output fails only when read', async () => {
  async function* chunks() {
    yield new WeakSet()
  }
  for (const open of [chunks, () => Readable.from(chunks())]) {
    const { result } = serve(await recordingOf(open as () => AsyncIterable<unknown>, [], readAll))
    await expect(readAll(result as AsyncIterable<unknown>)).rejects.toMatchObject({ code: 'not-replayable' })
  }
})

test('a Readable is returned as one, and fails at the recorded position', async () => {
  const text = await recordingOf(() => Readable.from(['a', 'b']), [], readAll)
  const { result, spans } = serve(text)
  expect(result).toBeInstanceOf(Readable)
  expect(await (result as Readable).toArray()).toEqual(['a', 'b'])
  expect(spans.find(span => span.key === 'child')).toMatchObject({ status: 'ok', resultKind: 'node-stream' })
  const failed = await recordingOf(
    async () => Readable.from(chunksThenError()),
    [],
    async stream => readAll(await stream),
  )
  const again = (await serve(failed).result) as Readable
  const read: unknown[] = []
  again.on('data', chunk => read.push(chunk))
  await expect(finished(again)).rejects.toMatchObject({ name: 'TypeError', message: 'cut off', at: 1 })
  expect(read).toEqual([1])
})

test('a generator is returned as one, with its chunks and return value', async () => {
  const span = await recordingOf(
    function* () {
      yield new Date(0)
      yield 2
      return 'end'
    },
    [],
    result => [...result],
  )
  const steps = serve(span).result as Generator
  expect([steps.next(), steps.next(), steps.next(), steps.next()]).toEqual([
    { done: false, value: new Date(0) },
    { done: false, value: 2 },
    { done: true, value: 'end' },
    { done: true, value: undefined },
  ])
})

test('an async generator is returned as one', async () => {
  const span = await recordingOf(
    async function* () {
      yield 1
      yield { two: 2 }
    },
    [],
    readAll,
  )
  const { result, spans } = serve(span)
  expect(Object.prototype.toString.call(result)).toBe('[object AsyncGenerator]')
  expect(await readAll(result as AsyncGenerator)).toEqual([1, { two: 2 }])
  const child = spans.find(candidate => candidate.key === 'child') as SpanRecord
  expect(child).toMatchObject({ resultKind: 'async-generator', status: 'ok' })
  expect(outputOf(child)).toEqual(outputOf(span))
})

test('a promise of a stream or a generator is returned as one', async () => {
  const stream = await recordingOf(
    async () =>
      (async function* () {
        yield 1
      })(),
    [],
    async result => readAll(await result),
  )
  const served = serve(stream).result
  expect(served).toBeInstanceOf(Promise)
  expect(await readAll((await served) as AsyncGenerator)).toEqual([1])
  const list = await recordingOf(async () => [1, 2].values(), [])
  expect(list.output?.lossy).toBeDefined()
  const generator = await recordingOf(
    async () =>
      (function* () {
        yield 1
      })(),
    [],
    async result => [...(await result)],
  )
  expect([...((await serve(generator).result) as Generator)]).toEqual([1])
})

test('an error in the middle of a stream follows its chunks', async () => {
  const { result } = serve(await recordingOf(chunksThenError, [], readAll))
  const steps = result as AsyncGenerator
  expect(await steps.next()).toEqual({ done: false, value: 1 })
  const error = await steps.next().then(mustNotRun, error => error)
  expect(error).toBeInstanceOf(TypeError)
  expect(error).toMatchObject({ message: 'cut off', at: 1 })
})

test('a cancelled stream serves the chunks that were read, then fails', async () => {
  const span = await recordingOf(
    async function* () {
      for (let n = 0; ; n++) yield n
    },
    [],
    async stream => {
      for await (const n of stream) if (n === 2) break
    },
  )
  expect(span.status).toBe('cancelled')
  const asBefore = serve(span).result as AsyncGenerator
  for await (const n of asBefore) if (n === 2) break
  const further = serve(span).result as AsyncGenerator
  await expect(readAll(further)).rejects.toThrow('not read to its end')
  await expect(readAll(serve(span).result as AsyncGenerator)).rejects.toMatchObject({ code: 'replay-miss' })
})

test('a truncated or lossy output is refused, with the next step', async () => {
  const span = await recordingOf(async () => ({ connection: new WeakMap() }), [])
  await expect(serve(span).result).rejects.toThrow(
    'The recorded output contains values that cannot be kept ($.connection: an instance of WeakMap). Return plain data',
  )
  const large = { ...servedFrom(span), output: { json: 'null', truncated: 5_000_000 } }
  const refused = serve(span, large).result as Promise<unknown>
  await expect(refused).rejects.toThrow('too large to keep (5000000 bytes). Raise maxPayloadBytes')
  expect(RuntapeError.isInstance(await refused.catch(error => error))).toBe(true)
})

test('the replay receives key, name, type and input, and its spans carry their source', async () => {
  const span = await recordingOf(() => 1, [])
  const { calls, spans } = serve(span)
  expect(calls).toEqual([
    { key: 'child', name: 'child', type: 'tool', mockOnReplay: true, input: { json: '["input"]' } },
  ])
  expect(spans.map(({ key, replay }) => [key, replay])).toEqual([
    ['child', expect.objectContaining({ testRunId: 'test-1', sourceSpanId: span.spanId, mocked: true })],
    ['root', expect.objectContaining({ sourceSpanId: '0000000000000003', mocked: false })],
  ])
  expect(spans[0]?.parentSpanId).toBe(spans[1]?.spanId)
})

test('a call passed by the replay runs, and its children are decided too', () => {
  const leaf = traced('leaf', (n: number) => n * 2)
  const branch = traced('branch', (n: number) => leaf(n) + 1)
  const { result, calls, spans } = replayed(
    () => ({ action: 'run' }),
    traced('root', () => branch(4)),
  )
  expect(result).toBe(9)
  expect(calls.map(call => call.key)).toEqual(['branch', 'leaf'])
  expect(spans.every(span => span.replay?.mocked === false)).toBe(true)
})

test('in a replay, no span reaches the sink of the process', () => {
  const live: unknown[] = []
  const sink = {
    append: (record: unknown) => void live.push(record),
    flush: async () => {},
    close: async () => {},
  }
  configureTracing({ sink, redactKeys: ['iban'] })
  const { spans } = replayed(
    () => ({ action: 'run' }),
    traced('root', () => ({ iban: 'DE00' })),
  )
  expect(live).toEqual([])
  expect(spans[0]?.output).toEqual({ json: '{"iban":"[redacted]"}', redacted: ['$.iban'] })
})

test('the recorded output is recorded again, even if the caller changes the answer', async () => {
  const span = await recordingOf(async () => ({ list: [1] }), [])
  const { result, spans } = serve(span)
  const answer = (await result) as { list: number[] }
  answer.list.push(2)
  expect(outputOf(spans.find(({ key }) => key === 'child') as SpanRecord)).toEqual({ list: [1] })
  expect(spans.find(({ key }) => key === 'child')?.output).toBe(span.output)
})

test('an unanswered call that is never awaited causes no unhandled rejection', async () => {
  const { output: _, ...rest } = await recordingOf(async () => 1, [])
  const span: SpanRecord = { ...rest, status: 'abandoned' }
  const child = traced('child', mustNotRun as () => unknown)
  const root = traced('root', () => void child())
  replayed(() => servedFrom(span), root)
  // Time for an unhandled rejection to fail this test.
  await new Promise(resolve => setImmediate(resolve))
  await expect(serve(span).result).rejects.toThrow('never awaited')
})
