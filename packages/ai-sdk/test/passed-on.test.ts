import { memorySink } from '@runtape/testing'
import { configureTracing } from '@runtape/trace'
import { MockLanguageModelV4 } from 'ai/test'
import { MockLanguageModelV2 } from 'ai-5/test'
import { MockLanguageModelV3 } from 'ai-6/test'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { runtapeMiddleware } from '../src/index.ts'
import { collect } from './cases/case.ts'
import { loadSdk } from './sdks.ts'

const tape = memorySink()
beforeEach(() => {
  tape.clear()
  configureTracing({ sink: tape })
})
afterEach(() => {
  configureTracing(undefined)
  vi.restoreAllMocks()
})

const { wrapGenerate, wrapStream } = runtapeMiddleware()
const subject = { params: { prompt: [] }, model: { provider: 'test', modelId: 'test-1' } }
const usage = { inputTokens: { total: 3 }, outputTokens: { total: 2 } }
const parts = [
  { type: 'stream-start', warnings: [] },
  { type: 'text-start', id: '0' },
  { type: 'text-delta', id: '0', delta: 'a' },
  { type: 'text-delta', id: '0', delta: 'b' },
  { type: 'text-end', id: '0' },
  { type: 'finish', finishReason: 'stop', usage },
]

describe('what a model returns is passed on unchanged:', () => {
  test('an answer', async () => {
    const answer = { content: [], finishReason: 'stop', usage, warnings: [] }
    expect(await wrapGenerate({ ...subject, doGenerate: async () => answer })).toBe(answer)
    expect(tape.call.usage).toEqual({ input: 3, output: 2, total: 5 })
  })

  test('an error, also one that is thrown synchronously', async () => {
    const error = new RangeError('no')
    const rejected = () => Promise.reject(error)
    const thrown = () => {
      throw error
    }
    for (const send of [rejected, thrown]) {
      await expect(wrapGenerate({ ...subject, doGenerate: send })).rejects.toBe(error)
      await expect(wrapStream({ ...subject, doStream: send })).rejects.toBe(error)
    }
    expect(tape.calls.map(({ status }) => status)).toEqual(['error', 'error', 'error', 'error'])
  })

  test('a stream, with the same parts', async () => {
    const stream = ReadableStream.from(parts)
    const answer = { stream, request: { body: '{}' } }
    const result = await wrapStream({ ...subject, doStream: async () => answer })
    expect(result).toBe(answer)
    expect(result.stream).toBe(stream)
    const seen = await collect(result.stream)
    expect(seen.every((part, at) => part === parts[at])).toBe(true)
  })

  test('the error of a stream', async () => {
    const error = new RangeError('no')
    const stream = new ReadableStream({ start: controller => controller.error(error) })
    await wrapStream({ ...subject, doStream: async () => ({ stream }) })
    await expect(stream.getReader().read()).rejects.toBe(error)
    expect(tape.call).toMatchObject({ status: 'error', error: { message: 'no' } })
  })

  test('a value that is not a stream, or cannot be observed', async () => {
    const answers = [
      {},
      { stream: 'text' },
      null,
      Object.freeze({ stream: Object.freeze(ReadableStream.from(parts)) }),
    ]
    for (const answer of answers)
      expect(await wrapStream({ ...subject, doStream: async () => answer })).toBe(answer)
    expect(tape.calls).toHaveLength(4)
  })
})

describe('a stream', () => {
  const pulled = async (read: (stream: ReadableStream) => Promise<unknown>, isWrapped: boolean) => {
    const events: unknown[] = []
    let at = 0
    const stream = new ReadableStream(
      {
        pull: controller => {
          events.push(at)
          controller.enqueue(parts[at++])
        },
        cancel: reason => void events.push(['cancel', reason]),
      },
      { highWaterMark: 0 },
    )
    if (isWrapped) await wrapStream({ ...subject, doStream: async () => ({ stream }) })
    await read(stream)
    await new Promise(resolve => setTimeout(resolve, 5))
    return events
  }
  const readers: [string, (stream: ReadableStream) => Promise<unknown>][] = [
    ['nothing', async () => {}],
    ['one part', async stream => stream.getReader().read()],
    [
      'two parts and stops',
      async stream => {
        const reader = stream.getReader()
        await reader.read()
        await reader.read()
        await reader.cancel('enough')
      },
    ],
    ['a part of a pipe', async stream => stream.pipeThrough(new TransformStream()).getReader().read()],
    [
      'a part of one of two branches',
      async stream => {
        const [left] = stream.tee()
        await left.getReader().read()
      },
    ],
  ]

  test.each(readers)('whose consumer reads %s is not pulled further than without a tap', async (_, read) => {
    expect(await pulled(read, true)).toEqual(await pulled(read, false))
  })
})

describe('a fault in our code', () => {
  const fail = (): never => {
    throw new Error('a fault in our code')
  }
  const quiet = () => vi.spyOn(console, 'warn').mockImplementation(() => {})

  test.each([
    ['a sink that throws', { sink: { append: fail, flush: async () => {}, close: async () => {} } }],
    ['a redact hook that throws', { sink: tape, redact: fail }],
  ])('%s, does not reach the application', async (_, options) => {
    quiet()
    configureTracing(options as never)
    const answer = { content: [], finishReason: 'stop', usage, warnings: [] }
    expect(await wrapGenerate({ ...subject, doGenerate: async () => answer })).toBe(answer)
    const { stream } = await wrapStream({
      ...subject,
      doStream: async () => ({ stream: ReadableStream.from(parts) }),
    })
    expect(await collect(stream)).toEqual(parts)
  })

  test('an answer with a getter that throws does not reach the application', async () => {
    quiet()
    const answer = {
      get usage() {
        return fail()
      },
    }
    expect(await wrapGenerate({ ...subject, doGenerate: async () => answer })).toBe(answer)
  })
})

describe('a model of specification', () => {
  const v2 = { inputTokens: 3, outputTokens: 2, totalTokens: 5 }
  const v2Parts = parts.map(part => (part.type === 'finish' ? { ...part, usage: v2 } : part))
  const models = {
    V2: { Model: MockLanguageModelV2, stream: v2Parts, usage: v2, majors: [5, 6, 7] },
    V3: { Model: MockLanguageModelV3, stream: parts, usage, majors: [6, 7] },
    V4: { Model: MockLanguageModelV4, stream: parts, usage, majors: [7] },
  } as const
  const all = Object.entries(models).flatMap(([name, { majors }]) =>
    majors.map(major => [name as keyof typeof models, major] as const),
  )

  test.each(all)('%s in ai %i has its usage, whole and streamed', async (name, major) => {
    const { Model, stream, usage: told } = models[name]
    const { ai } = await loadSdk(major)
    const answer = {
      content: [{ type: 'text', text: 'ab' }],
      finishReason: 'stop',
      usage: told,
      warnings: [],
    }
    const bare = new Model({
      doGenerate: async () => answer as never,
      doStream: async () => ({ stream: ReadableStream.from(stream) }) as never,
    })
    const model = ai.wrapLanguageModel({ model: bare as never, middleware: runtapeMiddleware() })
    expect((await ai.generateText({ model, prompt: 'Time?' })).text).toBe('ab')
    expect(await ai.streamText({ model, prompt: 'Time?' }).text).toBe('ab')
    expect(tape.calls.map(call => call.usage)).toEqual([
      { input: 3, output: 2, total: 5 },
      { input: 3, output: 2, total: 5 },
    ])
  })
})
