import type { SpanRecord } from '@runtape/core'
import type { ReplayDecision } from '@runtape/core/internal'
import { afterEach, expect, test } from 'vitest'
import { recordingOf, replayed, servedFrom } from '../test/recorded.ts'
import { traced } from './calls/traced.ts'
import { configureTracing } from './tracing.ts'

afterEach(() => configureTracing(undefined))

/** A traced call inside a replayed root, answered by `decision`. */
function serve(decision: ReplayDecision, use: (child: () => unknown) => unknown = child => child()) {
  const child = traced('child', () => {
    throw new Error('the code ran')
  })
  return replayed(
    () => decision,
    traced('root', () => use(child)),
  )
}

async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

async function* twoChunks(): AsyncGenerator<number> {
  yield 1
  throw new TypeError('cut off')
}

test('a lazily loaded answer keeps its kind, and a stream is loaded when read', async () => {
  const asked: string[] = []
  const later = (span: SpanRecord): ReplayDecision => {
    const { output, ...decision } = servedFrom(span)
    const load = async () => {
      asked.push(span.resultKind)
      await new Promise(resolve => setImmediate(resolve))
      return { ...(output && { output }), isRecorded: true }
    }
    return { ...decision, load }
  }
  const promised = await recordingOf(async () => ({ b: 1, a: 2 }), [])
  const kept = { ...promised, output: { json: '{ "b": 1, "a": 2 }' } }
  const { result, spans } = serve(later(kept))
  expect(result).toBeInstanceOf(Promise)
  expect(await result).toEqual({ b: 1, a: 2 })
  // The recorded JSON text, not a new one.
  expect(spans.find(({ key }) => key === 'child')?.output).toEqual(kept.output)
  const streamed = await recordingOf(twoChunks, [], readAll)
  const stream = serve(later(streamed)).result as AsyncGenerator
  expect(asked).toEqual(['promise'])
  expect(await stream.next()).toEqual({ done: false, value: 1 })
  await expect(stream.next()).rejects.toThrow(new TypeError('cut off'))
  const both = await recordingOf(
    async () => twoChunks(),
    [],
    async made => readAll(await made),
  )
  const inPromise = (await serve(later(both)).result) as AsyncGenerator
  await expect(readAll(inPromise)).rejects.toThrow('cut off')
  expect(asked).toEqual(['promise', 'async-generator', 'promise-of-async-generator'])
})

test('an answer that fails to load rejects, without an unhandled rejection', async () => {
  const { output: _, ...decision } = servedFrom(await recordingOf(async () => 1, []))
  const failing = { ...decision, load: () => Promise.reject(new Error('connection lost')) }
  await expect(serve(failing).result).rejects.toThrow('connection lost')
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', note)
  serve(failing, child => void child())
  await new Promise(resolve => setTimeout(resolve, 5))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})
