import { Duplex, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { describe, expect, test } from 'vitest'
import { listOf } from '../../test/list-of.ts'
import { outputOf, tape } from '../../test/tape.ts'

const failure = new Error('cut off')
const letters = ['a', 'b', 'c']

function streamOf(chunks: readonly unknown[], fails = false): ReadableStream {
  const waiting = chunks.values()
  return new ReadableStream(
    {
      pull: controller => {
        const { done, value } = waiting.next()
        if (!done) controller.enqueue(value)
        else if (fails) controller.error(failure)
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
}

const byteStream = (...chunks: string[]) =>
  new ReadableStream({
    type: 'bytes',
    start: controller => {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })

function traced(stream: ReadableStream) {
  const { traced, only, spans, of } = tape()
  const given = traced('open', () => stream)()
  expect(given).toBe(stream)
  return { stream: given, only, spans, of }
}

async function readAll(reader: { read(): Promise<{ done?: boolean; value?: unknown }> }): Promise<unknown[]> {
  const read: unknown[] = []
  for (let step = await reader.read(); !step.done; step = await reader.read()) read.push(step.value)
  return read
}

function sinkInto(chunks: unknown[], failsAt = Number.POSITIVE_INFINITY): WritableStream {
  return new WritableStream({
    write: chunk => {
      if (chunks.length >= failsAt) throw failure
      chunks.push(chunk)
    },
  })
}

const complete = { chunks: letters, returned: undefined }

describe('a ReadableStream stays the same object and is recorded', () => {
  const ways: [string, (stream: ReadableStream) => Promise<unknown[]>][] = [
    ['by its iterator', stream => listOf(stream)],
    ['by values()', stream => listOf(stream.values({ preventCancel: true }))],
    ['by a reader', stream => readAll(stream.getReader())],
    [
      'by pipeTo',
      async stream => {
        const chunks: unknown[] = []
        await stream.pipeTo(sinkInto(chunks))
        return chunks
      },
    ],
    ['by pipeThrough', stream => listOf(stream.pipeThrough(new TransformStream()))],
    [
      'by both branches of tee',
      async stream => {
        const [a, b] = stream.tee()
        const [read] = await Promise.all([listOf(a), readAll(b.getReader())])
        return read
      },
    ],
    ['by one branch of tee', stream => listOf(stream.tee()[1])],
    [
      'as a Readable',
      stream => Readable.fromWeb(stream as NodeReadableStream, { objectMode: true }).toArray(),
    ],
  ]

  ways.push([
    'as a Duplex',
    stream => {
      const pair = { readable: stream as NodeReadableStream, writable: new WritableStream() }
      return Duplex.fromWeb(pair as never, { objectMode: true }).toArray()
    },
  ])

  test.each(ways)('read %s', async (_way, read) => {
    const { stream, only } = traced(streamOf(letters))
    expect(await read(stream)).toEqual(letters)
    expect(only()).toMatchObject({ status: 'ok', resultKind: 'web-stream' })
    expect(outputOf(only())).toEqual(complete)
  })

  test.each(ways)('with its final error, read %s', async (_way, read) => {
    const { stream, only } = traced(streamOf(letters, true))
    await expect(read(stream)).rejects.toBe(failure)
    expect(only()).toMatchObject({ status: 'error', error: { message: 'cut off' } })
    expect(outputOf(only())).toEqual(complete)
  })

  test('as the body of a Response', async () => {
    const { stream, only } = traced(byteStream('one ', 'two'))
    expect(await new Response(stream).text()).toBe('one two')
    expect(only().status).toBe('ok')
  })

  test('as a text', async () => {
    const { stream, only } = traced(streamOf(letters))
    expect(await text(stream)).toBe('abc')
    expect(outputOf(only())).toEqual(complete)
  })
})

describe('a consumer that stops early leaves a cancelled span', () => {
  const ways: [string, (stream: ReadableStream) => Promise<unknown>][] = [
    [
      'a Readable that is destroyed',
      async stream => {
        const readable = Readable.fromWeb(stream as NodeReadableStream, { objectMode: true })
        for await (const _ of readable) break
      },
    ],
    [
      'break',
      async stream => {
        for await (const _ of stream) break
      },
    ],
    [
      'cancel of a reader',
      async stream => {
        const reader = stream.getReader()
        await reader.read()
        await reader.cancel('enough')
      },
    ],
    [
      'cancel of both branches of tee',
      async stream => {
        const [a, b] = stream.tee()
        const reader = a.getReader()
        await reader.read()
        await Promise.all([reader.cancel('enough'), b.cancel('enough')])
      },
    ],
    [
      'an abort',
      async stream => {
        const stop = new AbortController()
        const target = new WritableStream({ write: () => stop.abort('enough') })
        await stream.pipeTo(target, { signal: stop.signal }).catch(() => {})
      },
    ],
    ['a target that fails', stream => stream.pipeTo(sinkInto([], 1)).catch(() => {})],
  ]

  test.each(ways)('by %s', async (_how, stop) => {
    let cancelled: unknown = 'no'
    const endless = new ReadableStream(
      {
        pull: async controller => {
          await new Promise(resolve => setTimeout(resolve, 2))
          controller.enqueue('x')
        },
        cancel: reason => {
          cancelled = reason
        },
      },
      { highWaterMark: 0 },
    )
    const { stream, only } = traced(endless)
    await stop(stream)
    expect(cancelled).not.toBe('no')
    expect(only()).toMatchObject({ status: 'cancelled', resultKind: 'web-stream' })
    expect((outputOf(only()) as typeof complete).chunks.length).toBeGreaterThan(0)
  })

  test('by cancelling it unread, and its source receives the reason', async () => {
    const reasons: unknown[] = []
    const { stream, only } = traced(new ReadableStream({ cancel: reason => void reasons.push(reason) }))
    await stream.cancel('not needed')
    expect(reasons).toEqual(['not needed'])
    expect(only()).toMatchObject({ status: 'cancelled' })
  })

  test('but not if the cancellation is refused because of a reader', async () => {
    const { stream, spans, only } = traced(streamOf(letters))
    const reader = stream.getReader()
    await expect(stream.cancel()).rejects.toThrow(TypeError)
    expect(spans).toEqual([])
    await readAll(reader)
    expect(only().status).toBe('ok')
  })
})

describe('a traced ReadableStream works like any other', () => {
  test('a BYOB reader works, also on a tee branch', async () => {
    for (const open of [(stream: ReadableStream) => stream, (stream: ReadableStream) => stream.tee()[0]]) {
      const { stream, only } = traced(byteStream('hello'))
      const reader = open(stream).getReader({ mode: 'byob' })
      const { value } = await reader.read(new Uint8Array(20))
      expect(new TextDecoder().decode(value)).toBe('hello')
      expect((await reader.read(new Uint8Array(20))).done).toBe(true)
      expect(only().status).toBe('ok')
      const { chunks } = outputOf(only()) as { chunks: Uint8Array[] }
      expect(Buffer.concat(chunks).toString()).toBe('hello')
    }
  })

  test('it is locked while piped and unlocked afterwards, and a second pipe is refused', async () => {
    const { stream } = traced(streamOf(letters))
    const piping = stream.pipeTo(sinkInto([]))
    expect(stream.locked).toBe(true)
    await expect(stream.pipeTo(sinkInto([]))).rejects.toThrow(TypeError)
    expect(() => stream.pipeThrough(new TransformStream())).toThrow(TypeError)
    expect(() => stream.tee()).toThrow(TypeError)
    await piping
    expect(stream.locked).toBe(false)
  })

  test('chunks left by a pipe can be read afterwards', async () => {
    const { stream, only } = traced(streamOf(letters))
    const seen: unknown[] = []
    await stream.pipeTo(sinkInto(seen, 1), { preventCancel: true }).catch(() => {})
    const rest = await listOf(stream)
    expect([...seen, 'b', ...rest]).toEqual(letters)
    expect(only().status).toBe('ok')
  })

  test('a pipe respects the backpressure of its target', async () => {
    let made = 0
    const source = new ReadableStream(
      { pull: controller => controller.enqueue(made++) },
      { highWaterMark: 0 },
    )
    const { stream } = traced(source)
    const stuck = new WritableStream({ write: () => new Promise(() => {}) }, { highWaterMark: 1 })
    void stream.pipeTo(stuck)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(made).toBeLessThanOrEqual(2)
  })

  test('calls of the producer are under its span', async () => {
    const { traced, of } = tape()
    const make = traced('make', () => 'x')
    const open = traced(
      'open',
      () => new ReadableStream({ pull: controller => controller.enqueue(make()) }, { highWaterMark: 0 }),
    )
    const reader = open().getReader()
    await reader.read()
    await reader.cancel()
    expect(of('make').parentSpanId).toBe(of('open').spanId)
  })
})

test('a promise of a stream is recorded as one', async () => {
  const { traced, only } = tape()
  const stream = await traced('open', async () => streamOf(letters))()
  expect(await readAll(stream.getReader())).toEqual(letters)
  expect(only()).toMatchObject({ status: 'ok', resultKind: 'promise-of-web-stream' })
})
