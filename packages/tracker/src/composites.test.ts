import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { desk, readAll } from '../test/support.ts'
import type { RunMetrics } from './index.ts'

const usage = { input: 12, output: 3, total: 15 }
const failure = Object.assign(new Error('slow down'), { status: 429 })
const failed = { status: 'error', error: { name: 'Error', message: 'slow down', status: 429 } }
const success = { status: 'success' }
const usageOf = (answer: { usage?: typeof usage }): RunMetrics => answer

/** A promise of its own class, with its own method; it works when it is asked. */
class Asked<T> extends Promise<T> {
  static started = 0
  static of<T>(work: () => T): Asked<T> {
    const promise = new Asked<T>(() => {})
    const ask = async () => {
      Asked.started++
      return work()
    }
    // biome-ignore lint/suspicious/noThenProperty: this is what such classes do.
    promise.then = (...callbacks: Parameters<Promise<T>['then']>) => ask().then(...callbacks) as never
    return promise
  }
  headers(): string {
    return 'x-request-id: 1'
  }
}

describe('trackDurationOf', () => {
  test('a sync function stays sync and is timed', () => {
    const { tracker, sink, clock } = desk()
    const answer = tracker.trackDurationOf(() => {
      clock.advance(25)
      return 'answer' as const
    })
    expectTypeOf(answer).toEqualTypeOf<'answer'>()
    expect([answer, sink.seen()]).toEqual(['answer', [['duration', 25]]])
  })

  test('a promise is timed until it settles', async () => {
    const { tracker, sink, clock } = desk()
    const answer = tracker.trackDurationOf(async () => {
      await null
      clock.advance(25)
      return 7
    })
    expectTypeOf(answer).toEqualTypeOf<Promise<number>>()
    expect(sink.seen()).toEqual([])
    expect([await answer, sink.seen()]).toEqual([7, [['duration', 25]]])
  })

  test('a failure is timed and rethrown as the same error, sync and async', async () => {
    const { tracker, sink } = desk()
    const failing = () => {
      throw failure
    }
    expect(() => tracker.trackDurationOf(failing)).toThrow(failure)
    expect(sink.seen()).toEqual([['duration', 0]])
    await expect(desk().tracker.trackDurationOf(async () => failing())).rejects.toBe(failure)
  })

  test('a lazy promise keeps its identity, is not started, and is timed when awaited', async () => {
    const { tracker, sink } = desk()
    Asked.started = 0
    const promise = Asked.of(() => 7)
    const tracked = tracker.trackDurationOf(() => promise)
    expect([tracked === promise, tracked.headers(), Asked.started]).toEqual([true, 'x-request-id: 1', 0])
    expect([await tracked, Asked.started, sink.seen()]).toEqual([7, 1, [['duration', 0]]])
  })

  test('a clock that jumps back records nothing, with a warning', () => {
    const { tracker, sink, clock, warnings } = desk()
    expect(tracker.trackDurationOf(() => clock.advance(-5))).toBeUndefined()
    expect([sink.seen(), warnings.length]).toEqual([[], 1])
  })
})

describe('trackMetricsOf', () => {
  test.each<[string, () => unknown]>([
    ['sync', () => ({ usage })],
    ['async', async () => ({ usage })],
  ])('%s: duration, then outcome, then tokens; the result is unchanged', async (_, fn) => {
    const { tracker, sink } = desk()
    const result = tracker.trackMetricsOf(answer => answer as RunMetrics, fn)
    expect(await result).toEqual({ usage })
    const expected = [
      ['duration', 0],
      ['outcome', success],
      ['tokens', usage],
    ]
    expect(sink.seen()).toEqual(expected)
  })

  test('its type is that of the function, and the extractor receives the awaited value', async () => {
    const { tracker } = desk()
    const answer = tracker.trackMetricsOf(
      result => {
        expectTypeOf(result).toEqualTypeOf<{ text: string }>()
        return {}
      },
      async () => ({ text: 'hello' }),
    )
    expectTypeOf(answer).toEqualTypeOf<Promise<{ text: string }>>()
    expect(await answer).toEqual({ text: 'hello' })
  })

  test('a rejection records duration and error, and rejects with the same error', async () => {
    const { tracker, sink } = desk()
    await expect(tracker.trackMetricsOf(usageOf, () => Promise.reject(failure))).rejects.toBe(failure)
    expect(sink.seen()).toEqual([
      ['duration', 0],
      ['outcome', failed],
    ])
  })

  test('a synchronous throw records duration and error, and stays synchronous', () => {
    const { tracker, sink } = desk()
    const failing = (): { usage: typeof usage } => {
      throw failure
    }
    expect(() => tracker.trackMetricsOf(usageOf, failing)).toThrow(failure)
    expect(sink.seen()).toEqual([
      ['duration', 0],
      ['outcome', failed],
    ])
  })

  test('an error that cannot be read is rethrown unchanged', async () => {
    const { tracker, sink } = desk()
    const hostile = new Proxy(new Error('x'), {
      get() {
        throw new Error('trap')
      },
    })
    let isSame = false
    const failing = async () => {
      throw hostile
    }
    await tracker.trackMetricsOf(usageOf, failing).catch(error => {
      isSame = error === hostile
    })
    expect(isSame).toBe(true)
    expect(sink.events.map(event => event.metric)).toEqual(['duration', 'outcome'])
  })

  test.each<[string, (answer: unknown) => RunMetrics]>([
    [
      'that throws',
      () => {
        throw new Error('no usage here')
      },
    ],
    [
      'whose answer throws when it is read',
      () => ({
        get usage(): typeof usage {
          throw new Error('no usage here')
        },
      }),
    ],
  ])('an extractor %s does not affect the result, with a warning', async (_, extract) => {
    const { tracker, sink, warnings } = desk()
    expect(await tracker.trackMetricsOf(extract, async () => 'answer')).toBe('answer')
    expect(sink.seen()).toEqual([
      ['duration', 0],
      ['outcome', success],
    ])
    expect(warnings).toEqual([
      'The metrics extractor threw: no usage here. The result is returned; its tokens are not recorded.',
    ])
  })

  test.each<[string, RunMetrics | undefined]>([
    ['nothing', undefined],
    ['no usage', {}],
    ['a usage of null', { usage: null } as object],
  ])('an extractor that finds %s records no tokens and does not warn', (_, metrics) => {
    const { tracker, sink, warnings } = desk()
    tracker.trackMetricsOf(
      () => metrics,
      () => 1,
    )
    expect(sink.events.map(event => event.metric)).toEqual(['duration', 'outcome'])
    expect(warnings).toEqual([])
  })

  test('an answer that reports a failure is an error, and its tokens count', () => {
    const { tracker, sink } = desk()
    tracker.trackMetricsOf(
      () => ({ success: false, usage }),
      () => 1,
    )
    expect(sink.seen().slice(1)).toEqual([
      ['outcome', { status: 'error' }],
      ['tokens', usage],
    ])
  })

  test('a second call runs the function again and records only what is missing', () => {
    const { tracker, sink, warnings } = desk()
    const answers = [{}, { usage }]
    const call = () => tracker.trackMetricsOf(usageOf, () => answers.shift() as { usage?: typeof usage })
    expect([call(), call()]).toEqual([{}, { usage }])
    expect(sink.events.map(event => event.metric)).toEqual(['duration', 'outcome', 'tokens'])
    expect(warnings.map(warning => warning.split(':')[0])).toEqual([
      'Skipping trackDuration',
      'Skipping trackSuccess',
    ])
  })

  test('a sink that throws does not affect the result', async () => {
    const append = () => {
      throw new Error('disk full')
    }
    const sink = { append, flush: async () => {}, close: async () => {} }
    const { tracker, warnings } = desk({ sink })
    expect(await tracker.trackMetricsOf(usageOf, async () => ({ usage }))).toEqual({ usage })
    expect(warnings).toHaveLength(3)
  })
})

describe('trackStreamMetricsOf', () => {
  type Chunk = { text: string; usage?: typeof usage | null }
  const chunks: Chunk[] = [
    { text: 'Hel', usage: null },
    { text: 'lo', usage },
    { text: '', usage: null },
  ]

  /** As SDKs have it: an object with methods of its own that is read by an iterator. */
  class ChatStream implements AsyncIterable<Chunk> {
    readonly controller = new AbortController()
    readonly #read: () => AsyncIterator<Chunk>
    constructor(read: () => AsyncIterator<Chunk>) {
      this.#read = read
    }
    [Symbol.asyncIterator](): AsyncIterator<Chunk> {
      return this.#read()
    }
  }
  const streaming = (clock: { advance(ms: number): void }, error?: Error) =>
    new ChatStream(async function* () {
      for (const chunk of chunks) {
        clock.advance(10)
        yield chunk
      }
      if (error) throw error
    })
  const usageIn = (chunk: Chunk): RunMetrics => (chunk.usage ? { usage: chunk.usage } : {})

  test('the stream keeps its identity and its chunks; the last usage found counts', async () => {
    const { tracker, sink, clock, warnings } = desk()
    const made = streaming(clock)
    const stream = await tracker.trackStreamMetricsOf(() => made, usageIn)
    expectTypeOf(stream).toEqualTypeOf<ChatStream>()
    expect(stream).toBe(made)
    const read = await readAll(stream)
    expect(read.every((chunk, index) => chunk === chunks[index])).toBe(true)
    expect(sink.seen()).toEqual([
      ['time-to-first-token', 10],
      ['duration', 30],
      ['outcome', success],
      ['tokens', usage],
    ])
    expect(warnings).toEqual([])
  })

  test('a chunk without usage does not remove earlier usage', async () => {
    const { tracker, sink, clock } = desk()
    const extract = (chunk: Chunk) =>
      ({ usage: chunk.usage, success: chunk.usage ? false : undefined }) as RunMetrics
    await readAll(await tracker.trackStreamMetricsOf(async () => streaming(clock), extract))
    expect(sink.seen().slice(2)).toEqual([
      ['outcome', { status: 'error' }],
      ['tokens', usage],
    ])
  })

  test('a stream that fails records the error and the usage reported so far', async () => {
    const { tracker, sink, clock } = desk()
    const stream = await tracker.trackStreamMetricsOf(async () => streaming(clock, failure), usageIn)
    await expect(readAll(stream)).rejects.toBe(failure)
    expect(sink.seen()).toEqual([
      ['time-to-first-token', 10],
      ['duration', 30],
      ['outcome', failed],
      ['tokens', usage],
    ])
  })

  test('a stream that cannot be created records duration and error', async () => {
    for (const make of [
      () => Promise.reject(failure),
      () => {
        throw failure
      },
    ]) {
      const { tracker, sink } = desk()
      await expect(tracker.trackStreamMetricsOf<Chunk, ChatStream>(make, usageIn)).rejects.toBe(failure)
      expect(sink.seen()).toEqual([
        ['duration', 0],
        ['outcome', failed],
      ])
    }
  })

  test('a reader that stops early ends it once, as cancelled', async () => {
    const { tracker, sink, clock, warnings } = desk()
    const stream = await tracker.trackStreamMetricsOf(async () => streaming(clock), usageIn)
    for await (const _ of stream) break
    clock.advance(1000)
    await readAll(stream)
    expect(sink.seen()).toEqual([
      ['time-to-first-token', 10],
      ['duration', 10],
      ['outcome', { status: 'cancelled' }],
    ])
    expect(warnings).toEqual([])
  })

  test('a stream that is read twice is tracked once', async () => {
    const { tracker, sink, clock, warnings } = desk()
    const stream = await tracker.trackStreamMetricsOf(async () => streaming(clock), usageIn)
    expect([await readAll(stream), await readAll(stream)]).toEqual([chunks, chunks])
    expect([sink.events.length, warnings.length]).toEqual([4, 0])
  })

  const asWeb = () => ReadableStream.from(chunks)
  test.each<[string, (stream: ReadableStream<Chunk>) => Promise<unknown>]>([
    [
      'a reader',
      async stream => {
        const reader = stream.getReader()
        while (!(await reader.read()).done);
      },
    ],
    ['a branch of tee', async stream => readAll(stream.tee()[0])],
    ['pipeTo', stream => stream.pipeTo(new WritableStream())],
  ])('a web stream is tracked when it is read by %s', async (_, read) => {
    const { tracker, sink } = desk()
    await read(await tracker.trackStreamMetricsOf(asWeb, usageIn))
    expect(sink.seen().slice(2)).toEqual([
      ['outcome', success],
      ['tokens', usage],
    ])
  })

  test('a Node stream is tracked when it is read by its events', async () => {
    const { tracker, sink } = desk()
    const stream = await tracker.trackStreamMetricsOf<Chunk, Readable>(() => Readable.from(chunks), usageIn)
    await once(stream.resume(), 'end')
    expect(sink.seen().slice(2)).toEqual([
      ['outcome', success],
      ['tokens', usage],
    ])
  })

  test('an extractor that throws at every chunk is warned about once, and every chunk passes', async () => {
    const { tracker, sink, clock, warnings } = desk()
    const extract = () => {
      throw new Error('no')
    }
    const stream = await tracker.trackStreamMetricsOf(async () => streaming(clock), extract)
    expect(await readAll(stream)).toEqual(chunks)
    expect(warnings).toHaveLength(1)
    expect(sink.events.map(event => event.metric)).toEqual(['time-to-first-token', 'duration', 'outcome'])
  })

  test('a frozen stream passes through and nothing is recorded', async () => {
    const { tracker, sink, clock } = desk()
    const stream = await tracker.trackStreamMetricsOf(async () => Object.freeze(streaming(clock)), usageIn)
    expect(await readAll(stream)).toEqual(chunks)
    expect(sink.seen()).toEqual([])
  })

  test('a value that is not a stream passes through with a warning', async () => {
    const { tracker, sink, warnings } = desk()
    const make = async () => 'no stream' as unknown as ChatStream
    expect(await tracker.trackStreamMetricsOf(make, usageIn)).toBe('no stream')
    expect(sink.events.map(event => event.metric)).toEqual(['duration', 'outcome'])
    expect(warnings).toEqual([
      'trackStreamMetricsOf was given no async iterable, so only its creation is tracked.',
    ])
  })
})

describe('a stream that is not read to its end', () => {
  /** What a tracker recorded in a process that can collect garbage at will. */
  const recordedBy = (body: string): unknown => {
    const script = `
      import { createTracker } from '@runtape/tracker'
      import { setTimeout as sleep } from 'node:timers/promises'
      const collect = async () => { for (let i = 0; i < 5; i++) { await sleep(2); gc() } }
      const seen = []
      let time = 0
      const tracker = createTracker({
        sink: { append: ({ metric, value }) => void seen.push([metric, value]) },
        clock: { now: () => time, monotonic: () => time },
        configKey: 'c',
      })
      class Stream {
        async *[Symbol.asyncIterator]() { time += 10; yield { usage: ${JSON.stringify(usage)} }; time += 10; yield {} }
      }
      ${body}
      time += 1000
      await collect()
      console.log(JSON.stringify(seen))`
    const cwd = fileURLToPath(new URL('..', import.meta.url))
    const args = ['--expose-gc', '--input-type=module', '--eval', script]
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' })
    expect(stderr).toBe('')
    return JSON.parse(stdout)
  }

  test('but partly: what was seen is recorded, without an outcome', () => {
    const recorded = recordedBy(`
      await (async () => {
        const stream = await tracker.trackStreamMetricsOf(() => new Stream(), chunk => chunk)
        await stream[Symbol.asyncIterator]().next()
      })()`)
    expect(recorded).toEqual([
      ['time-to-first-token', 10],
      ['duration', 10],
      ['tokens', usage],
    ])
  })

  test('at all: nothing is recorded', () => {
    expect(recordedBy('await tracker.trackStreamMetricsOf(() => new Stream(), chunk => chunk)')).toEqual([])
  })

  test('is found even if the extractor references it', () => {
    const recorded = recordedBy(`
      await (async () => {
        let stream
        stream = await tracker.trackStreamMetricsOf(() => new Stream(), chunk => stream && chunk)
        await stream[Symbol.asyncIterator]().next()
      })()`)
    expect(recorded).toHaveLength(3)
  })

  test('but is still being read is left to its reader', () => {
    const recorded = recordedBy(`
      for await (const _ of await tracker.trackStreamMetricsOf(() => new Stream(), chunk => chunk)) await collect()`)
    expect(recorded).toEqual([
      ['time-to-first-token', 10],
      ['duration', 20],
      ['outcome', success],
      ['tokens', usage],
    ])
  })
})
