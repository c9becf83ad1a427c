import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import type { ReadableStream as NodeWebStream } from 'node:stream/web'
import { inspect } from 'node:util'
import type { CallValue } from '@runtape/core'
import { currentFrame, newSpanId } from '@runtape/core/internal'
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest'
import { type Desk, desk, readAll } from '../test/support.ts'

const usage = (input: number) => ({ input, output: 0, total: input })
const failure = new Error('cut off')

/** A provider call that starts now. */
function startCall() {
  const call = currentFrame()?.run?.startCall(newSpanId())
  return (value: Partial<CallValue> = {}) => call?.end({ status: 'success', durationMs: 5, ...value })
}

const callModel = (value: Partial<CallValue> = { usage: usage(1) }) => startCall()(value)

/** Asks the model once for each chunk, when it is pulled. */
function lazyStream(chunks = 3, end: 'close' | 'error' = 'close'): ReadableStream<string> {
  let made = 0
  return new ReadableStream(
    {
      pull: controller => {
        if (made++ < chunks) {
          callModel()
          controller.enqueue('x')
        } else if (end === 'close') controller.close()
        else controller.error(failure)
      },
    },
    { highWaterMark: 0 },
  )
}

function byteStream(text: string): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  let isSent = false
  return new ReadableStream(
    {
      type: 'bytes',
      pull: controller => {
        callModel()
        if (isSent) {
          controller.close()
          controller.byobRequest?.respond(0)
        } else controller.enqueue(bytes.slice())
        isSent = true
      },
    },
    { highWaterMark: 0 },
  )
}

const status = ({ tracker }: Desk) => tracker.getSummary().outcome?.status
const used = ({ tracker }: Desk) => tracker.getSummary().tokens?.input
const metricsOf = ({ sink }: Desk) => sink.seen().map(([metric]) => metric.replace(/:.*/, ':'))

async function collected(stream: ReadableStream): Promise<string> {
  let text = ''
  await stream.pipeTo(
    new WritableStream({
      write: chunk => {
        text += chunk
      },
    }),
  )
  return text
}

async function byReader(stream: ReadableStream): Promise<string> {
  const reader = stream.getReader()
  let text = ''
  for (let step = await reader.read(); !step.done; step = await reader.read()) text += step.value
  return text
}

const ways: [string, (stream: ReadableStream<string>) => Promise<string>][] = [
  ['a loop', async stream => (await readAll(stream)).join('')],
  ['a reader', byReader],
  ['pipeTo', collected],
  ['pipeThrough', stream => byReader(stream.pipeThrough(new TransformStream()))],
  ['both branches of tee', async stream => (await Promise.all(stream.tee().map(byReader)))[0] as string],
  ['a Readable', async stream => (await Readable.fromWeb(stream as NodeWebStream).toArray()).join('')],
  ['a Response', stream => new Response(stream.pipeThrough(new TextEncoderStream())).text()],
]

describe('a returned web stream', () => {
  test.each(ways)('is part of the run, read by %s: calls in its pull are summed', async (_, read) => {
    const own = desk()
    let made: ReadableStream<string> | undefined
    const stream = own.tracker.run(() => {
      made = lazyStream()
      return made
    })
    expectTypeOf(stream).toEqualTypeOf<ReadableStream<string>>()
    expect([stream === made, stream instanceof ReadableStream, metricsOf(own)]).toEqual([true, true, []])
    own.clock.advance(30)
    expect(await read(stream)).toBe('xxx')
    expect(metricsOf(own)).toEqual(['call:', 'call:', 'call:', 'duration', 'tokens', 'outcome'])
    expect([used(own), own.tracker.getSummary().durationMs, status(own)]).toEqual([3, 30, 'success'])
    expect(own.warnings).toEqual([])
  })

  test.each(ways)('that fails makes the run an error, read by %s', async (_, read) => {
    const own = desk()
    const stream = await own.tracker.run(async () => lazyStream(2, 'error'))
    await expect(read(stream)).rejects.toBe(failure)
    expect(own.tracker.getSummary().outcome).toMatchObject({ status: 'error', error: { message: 'cut off' } })
    expect(used(own)).toBe(2)
  })

  test.each<[string, (stream: ReadableStream) => unknown]>([
    ['cancel', stream => stream.cancel('gone')],
    [
      'cancel of a reader',
      async stream => {
        const reader = stream.getReader()
        await reader.read()
        await reader.cancel('gone')
      },
    ],
    [
      'a loop that is left',
      async stream => {
        for await (const _ of stream) break
      },
    ],
    [
      'a target that fails',
      stream =>
        stream
          .pipeTo(
            new WritableStream({
              write: () => {
                throw failure
              },
            }),
          )
          .catch(() => {}),
    ],
  ])('that is cancelled makes the run cancelled: %s', async (_, cancel) => {
    const own = desk()
    await cancel(own.tracker.run(() => lazyStream()))
    expect(status(own)).toBe('cancelled')
  })

  test('keeps byte readers with their own buffers working', async () => {
    const own = desk()
    const reader = own.tracker.run(() => byteStream('hello')).getReader({ mode: 'byob' })
    const { value } = await reader.read(new Uint8Array(20))
    expect(new TextDecoder().decode(value)).toBe('hello')
    expect((await reader.read(new Uint8Array(20))).done).toBe(true)
    expect([status(own), used(own)]).toEqual(['success', 2])
  })

  test('can be transferred', async () => {
    const { tracker } = desk()
    const stream = tracker.run(() => new ReadableStream({ start: controller => controller.close() }))
    const moved = structuredClone(stream, { transfer: [stream] })
    expect([moved instanceof ReadableStream, stream.locked]).toEqual([true, true])
    expect(await byReader(moved)).toBe('')
  })

  test('looks unchanged when inspected, and requests nothing ahead from its source', async () => {
    const { tracker } = desk()
    let pulled = 0
    const bare = inspect(new ReadableStream({}, { highWaterMark: 0 }))
    const source = { pull: (controller: ReadableStreamDefaultController) => controller.enqueue(pulled++) }
    const stream = tracker.run(() => new ReadableStream(source, { highWaterMark: 0 }))
    await Promise.resolve()
    expect([Object.keys(stream), inspect(stream), pulled]).toEqual([[], bare, 0])
    await stream.getReader().read()
    expect(pulled).toBe(1)
  })

  test('that fails while no read waits makes the run an error', async () => {
    const own = desk()
    let fail = () => {}
    const start = (controller: ReadableStreamDefaultController) => {
      fail = () => controller.error(failure)
    }
    const reader = own.tracker.run(() => new ReadableStream({ start })).getReader()
    fail()
    await expect(reader.closed).rejects.toBe(failure)
    expect(status(own)).toBe('error')
  })

  test('whose reader is released and replaced works as before', async () => {
    const own = desk()
    const stream = own.tracker.run(() => lazyStream())
    const reader = stream.getReader()
    await reader.read()
    reader.releaseLock()
    await expect(reader.closed).rejects.toThrow(TypeError)
    expect(status(own)).toBeUndefined()
    expect(await byReader(stream)).toBe('xx')
    expect([used(own), status(own)]).toEqual([3, 'success'])
  })

  test('that is already being read is not changed, and the run ends immediately', () => {
    const own = desk()
    own.tracker.run(() => {
      const stream = lazyStream()
      stream.getReader()
      return stream
    })
    expect(status(own)).toBe('success')
  })

  test('in a nested run of the same tracker is part of the outer run', async () => {
    const own = desk()
    const stream = await own.tracker.run(async () => own.tracker.run(() => lazyStream()))
    await byReader(stream)
    expect([used(own), status(own), own.warnings]).toEqual([3, 'success', []])
  })

  test('through the runs of two trackers is part of both, and its calls feed the inner one', async () => {
    const [outer, inner] = [desk(), desk()]
    await byReader(outer.tracker.run(() => inner.tracker.run(() => lazyStream())))
    expect([used(inner), status(inner), used(outer), status(outer)]).toEqual([
      3,
      'success',
      undefined,
      'success',
    ])
  })
})

describe('a failed call of a returned stream', () => {
  const withCalls = (...calls: Partial<CallValue>[]) =>
    new ReadableStream(
      {
        pull: controller => {
          for (const call of calls) callModel(call)
          controller.close()
        },
      },
      { highWaterMark: 0 },
    )
  const failed = { status: 'error', error: { name: 'APIError', message: 'overloaded' } } as const

  test('is the outcome if the code does not recover, although the stream ends normally', async () => {
    const own = desk()
    await byReader(own.tracker.run(() => withCalls({ usage: usage(1) }, failed)))
    expect(own.tracker.getSummary().outcome).toEqual(failed)
  })

  test('is a success if another call then succeeds', async () => {
    const own = desk()
    await byReader(own.tracker.run(() => withCalls(failed, { usage: usage(1) })))
    expect(status(own)).toBe('success')
  })

  test('also makes an async generator an error that ends normally', async () => {
    const own = desk()
    const words = own.tracker.run(async function* () {
      yield 'Hello'
      callModel(failed)
    })
    expect(await readAll(words)).toEqual(['Hello'])
    expect(own.tracker.getSummary().outcome).toEqual(failed)
  })
})

describe('a returned response', () => {
  const responses: [string, () => Response | Promise<Response>][] = [
    ['of a stream', () => new Response(byteStream('hello'))],
    ['of a promise', async () => new Response(byteStream('hello'))],
  ]
  const reads: [string, (response: Response) => Promise<string>][] = [
    ['text()', response => response.text()],
    ['arrayBuffer()', async response => new TextDecoder().decode(await response.arrayBuffer())],
    ['blob()', async response => (await response.blob()).text()],
    ['clone()', async response => (await Promise.all([response.clone().text(), response.text()]))[0]],
    ['a copy of a clone()', response => response.clone().clone().text()],
    ['body after a clone()', response => [response.clone(), response.text()][1] as Promise<string>],
    ['body', async response => (await new Response(response.body).bytes()).toString()],
  ]
  const all = responses.flatMap(([kind, make]) => reads.map(([way, read]) => ({ kind, make, way, read })))

  test.each(all)('$kind is part of the run until it was read by $way', async ({ make, read }) => {
    const own = desk()
    const bare = await read(await make())
    const response = await own.tracker.run(make)
    expect([response instanceof Response, response.bodyUsed, metricsOf(own)]).toEqual([true, false, []])
    expect(await read(response)).toBe(bare)
    expect([status(own), used(own)]).toEqual(['success', 2])
  })

  test('that is cancelled with its clone is cancelled, but not if only the clone is cancelled', async () => {
    const own = desk()
    const response = own.tracker.run(() => new Response(byteStream('hello')))
    const clone = response.clone()
    const cancelled = clone.body?.cancel()
    await new Promise(setImmediate)
    expect(status(own)).toBeUndefined()
    await Promise.all([cancelled, response.body?.cancel()])
    expect(status(own)).toBe('cancelled')
  })

  test('that fails is an error, even if its clone is read', async () => {
    const own = desk()
    const broken = () => lazyStream(1, 'error').pipeThrough(new TextEncoderStream())
    const response = own.tracker.run(() => new Response(broken()))
    await expect(response.clone().text()).rejects.toThrow()
    expect(status(own)).toBe('error')
  })

  test.each([
    ['without a body', () => new Response(null, { status: 204 })],
    [
      'that was read',
      async () => {
        const response = new Response('x')
        await response.text()
        return response
      },
    ],
  ])('%s ends the run immediately', async (_, make) => {
    const own = desk()
    await own.tracker.run(make as () => Promise<Response>)
    expect(status(own)).toBe('success')
  })
})

describe('over HTTP', () => {
  let server: Server
  let answer: () => Response = () => new Response()
  beforeAll(async () => {
    server = createServer(async (_, response) => {
      const { body, status: code } = answer()
      response.writeHead(code)
      Readable.fromWeb(body as NodeWebStream)
        .on('error', () => response.destroy())
        .pipe(response)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => server.close())
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  test('a response streamed by a server is part of the run until it is sent', async () => {
    const own = desk()
    answer = () => own.tracker.run(() => new Response(byteStream('hello')))
    expect(await (await fetch(url())).text()).toBe('hello')
    await expect.poll(() => [status(own), used(own)]).toEqual(['success', 2])
  })

  test('a stream that fails also fails at the client, and is an error', async () => {
    const own = desk()
    const bytes = new TransformStream<string, Uint8Array>({
      transform: (chunk, controller) => controller.enqueue(new TextEncoder().encode(chunk)),
    })
    answer = () => own.tracker.run(() => new Response(lazyStream(2, 'error').pipeThrough(bytes)))
    await expect(fetch(url()).then(response => response.text())).rejects.toThrow()
    await expect.poll(() => status(own)).toBe('error')
  })
})

describe('a returned Node stream', () => {
  const letters = async function* () {
    for (const letter of ['a', 'b']) {
      callModel()
      yield letter
    }
  }

  test.each<[string, (stream: Readable) => Promise<unknown>]>([
    ['a loop', stream => readAll(stream)],
    ['pipe', stream => readAll(stream.pipe(new PassThrough({ objectMode: true })))],
    ['events', stream => stream.toArray()],
  ])('is part of the run, read by %s', async (_, read) => {
    const own = desk()
    const stream = own.tracker.run(() => Readable.from(letters()))
    expect([stream instanceof Readable, metricsOf(own)]).toEqual([true, []])
    expect(await read(stream)).toEqual(['a', 'b'])
    await expect.poll(() => [status(own), used(own)]).toEqual(['success', 2])
  })

  test('that is destroyed makes the run cancelled, or with an error an error', async () => {
    for (const [error, expected] of [
      [undefined, 'cancelled'],
      [failure, 'error'],
    ] as const) {
      const own = desk()
      const stream = own.tracker.run(() => Readable.from(letters())).on('error', () => {})
      stream.destroy(error)
      await expect.poll(() => status(own)).toBe(expected)
    }
  })
})

describe('several returned streams', () => {
  test('are all part of the run: it ends with the last of them', async () => {
    const own = desk()
    const { left, right } = await own.tracker.run(async () => ({
      left: lazyStream(),
      right: new Response(byteStream('x')),
      count: 2,
    }))
    await byReader(left)
    expect(status(own)).toBeUndefined()
    await right.text()
    expect([status(own), used(own)]).toEqual(['success', 5])
  })

  test('of which one is read and one is left are a success only if all calls were complete', async () => {
    for (const end of ['success', 'cancelled'] as const) {
      const own = desk()
      let call = (_: Partial<CallValue>) => {}
      const { read, left } = own.tracker.run(() => {
        call = startCall()
        return { read: lazyStream(), left: lazyStream() }
      })
      await byReader(read)
      call({ status: end })
      await left.cancel()
      expect(status(own)).toBe(end)
    }
  })

  test('without calls, of which one is read and one is cancelled, are cancelled', async () => {
    const own = desk()
    const closing = { pull: (controller: ReadableStreamDefaultController) => controller.close() }
    const { read, left } = own.tracker.run(() => ({ read: new ReadableStream(closing), left: lazyStream() }))
    await byReader(read)
    await left.cancel()
    expect(status(own)).toBe('cancelled')
  })

  test('of a class instance count only if they are web streams: others may be its sockets', async () => {
    class Result {
      readonly socket = new PassThrough()
      readonly base = lazyStream()
      get text(): never {
        throw new Error('a getter that starts to read')
      }
    }
    const own = desk()
    const result = own.tracker.run(() => new Result())
    expect(Object.getOwnPropertyNames(result.socket)).not.toContain('_read')
    await byReader(result.base)
    expect([status(own), used(own)]).toEqual(['success', 3])
  })

  test('are not searched in large data or in objects that cannot be inspected', () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw failure
        },
        get: () => {
          throw failure
        },
      },
    )
    for (const value of [
      Object.freeze({ stream: 5 }),
      Buffer.alloc(5_000_000),
      hostile,
      Array(1000).fill({}),
      { deep: { stream: lazyStream() } },
      null,
      5,
      'text',
    ]) {
      const own = desk()
      expect(own.tracker.run(() => value) === value).toBe(true)
      expect(status(own)).toBe('success')
    }
  })
})

describe('a returned async iterable of an SDK', () => {
  /** Like a stream of an SDK: its call is open, and its loop reads the answer. */
  const open = () => {
    const end = startCall()
    return {
      [Symbol.asyncIterator]: async function* () {
        yield 'Hello'
        end({ usage: usage(7) })
      },
      finish: end,
    }
  }

  test('is over when its loop is', async () => {
    const own = desk()
    expect(await readAll(await own.tracker.run(async () => open()))).toEqual(['Hello'])
    expect([used(own), status(own)]).toEqual([7, 'success'])
  })

  test.each(['success', 'error', 'cancelled'] as const)(
    'that is read by its own method is over when its call is: %s',
    async how => {
      const own = desk()
      const stream = await own.tracker.run(async () => open())
      stream.finish({ status: how, usage: usage(7) })
      expect([used(own), status(own)]).toEqual([7, how])
    },
  )

  test('that has not made its request waits for its reader', async () => {
    const own = desk()
    const lazy = own.tracker.run(() => ({
      [Symbol.asyncIterator]: async function* () {
        callModel()
        yield 'a'
        callModel()
      },
    }))
    expect(status(own)).toBeUndefined()
    expect(await readAll(lazy)).toEqual(['a'])
    expect([used(own), status(own), own.warnings]).toEqual([2, 'success', []])
  })
})
