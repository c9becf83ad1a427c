import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addAbortSignal, PassThrough, Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { finished, pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { listOf } from '../../test/list-of.ts'
import { outputOf, tape } from '../../test/tape.ts'

const failure = new Error('cut off')
const letters = ['a', 'b', 'c']

async function* lettersThenError() {
  yield* letters
  throw failure
}

function traced(stream: Readable) {
  const { traced, only, spans } = tape()
  const given = traced('open', () => stream)()
  expect(given).toBe(stream)
  return { stream: given, only, spans }
}

const collect = (chunks: unknown[]) =>
  new Writable({ objectMode: true, write: (chunk, _encoding, done) => done(void chunks.push(chunk)) })

describe('a Readable stays the same object and is recorded', () => {
  const ways: [string, (stream: Readable) => Promise<unknown[]>][] = [
    ['by its iterator', stream => listOf(stream)],
    [
      'by events',
      async stream => {
        const chunks: unknown[] = []
        stream.on('data', chunk => chunks.push(chunk))
        await finished(stream)
        return chunks
      },
    ],
    [
      'by read()',
      async stream => {
        const chunks: unknown[] = []
        stream.on('readable', () => {
          for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) chunks.push(chunk)
        })
        await finished(stream)
        return chunks
      },
    ],
    [
      'by pipe',
      async stream => {
        const chunks: unknown[] = []
        stream.pipe(collect(chunks))
        await finished(stream)
        await new Promise(resolve => setImmediate(resolve))
        return chunks
      },
    ],
    [
      'by pipeline',
      async stream => {
        const chunks: unknown[] = []
        await pipeline(stream, new PassThrough({ objectMode: true }), collect(chunks))
        return chunks
      },
    ],
    ['by map', stream => stream.map(chunk => chunk).toArray()],
    ['as a web stream', stream => listOf(Readable.toWeb(stream))],
  ]

  test.each(ways)('read %s', async (_way, read) => {
    const { stream, only } = traced(Readable.from(letters))
    expect(await read(stream)).toEqual(letters)
    expect(only()).toMatchObject({ status: 'ok', resultKind: 'node-stream' })
    expect(outputOf(only())).toEqual({ chunks: letters, returned: undefined })
  })

  test.each(ways)('with its final error, read %s', async (_way, read) => {
    const { stream, only } = traced(Readable.from(lettersThenError()))
    await expect(read(stream)).rejects.toBe(failure)
    expect(only()).toMatchObject({ status: 'error', error: { message: 'cut off' } })
  })

  test('a file and a transformed file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runtape-streams-'))
    try {
      writeFileSync(join(folder, 'file.txt'), 'hello')
      const file = traced(createReadStream(join(folder, 'file.txt'), 'utf8'))
      expect(await text(file.stream)).toBe('hello')
      expect(outputOf(file.only())).toEqual({ chunks: ['hello'], returned: undefined })
      const zipped = traced(createReadStream(join(folder, 'file.txt')).pipe(createGzip()))
      await zipped.stream.resume().toArray()
      expect(zipped.only().status).toBe('ok')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('a missing file', async () => {
    const { stream, only } = traced(createReadStream('/nowhere/at/all'))
    await expect(text(stream)).rejects.toThrow('ENOENT')
    expect(only()).toMatchObject({ status: 'error', error: { name: 'Error' } })
  })
})

describe('a Readable that is not read to its end leaves', () => {
  test('a cancelled span if its consumer stops or destroys it', async () => {
    const stops: ((stream: Readable) => unknown)[] = [
      async stream => {
        for await (const _ of stream) break
      },
      stream => stream.destroy() && undefined,
    ]
    for (const stop of stops) {
      const { stream, only } = traced(Readable.from(letters))
      await stop(stream)
      if (!stream.closed) await new Promise(resolve => stream.once('close', resolve))
      expect(only()).toMatchObject({ status: 'cancelled', resultKind: 'node-stream' })
    }
  })

  test('the error of an abort', async () => {
    const abort = new AbortController()
    const { stream, only } = traced(addAbortSignal(abort.signal, new Readable({ read: () => {} })))
    const reading = text(stream)
    abort.abort()
    await expect(reading).rejects.toThrow('aborted')
    expect(only()).toMatchObject({ status: 'error', error: { name: 'AbortError' } })
  })

  test('its final status if it had already ended', async () => {
    const read = Readable.from(letters)
    await read.toArray()
    expect(traced(read).only().status).toBe('ok')
    const destroyed = new Readable({ read: () => {} }).destroy()
    expect(traced(destroyed).only().status).toBe('cancelled')
    const failed = new Readable({ read: () => {} })
    failed.on('error', () => {}).destroy(failure)
    expect(traced(failed).only()).toMatchObject({ status: 'error', error: { message: 'cut off' } })
  })
})

test('an error without a listener is still thrown', async () => {
  const { stream } = traced(new PassThrough())
  expect(() => stream.emit('error', failure)).toThrow(failure)
})

test('calls of the producer are under its span, and calls of listeners are not', async () => {
  const { traced, of } = tape()
  const make = traced('make', () => 'x')
  const use = traced('use', (chunk: unknown) => chunk)
  const open = traced('open', () =>
    Readable.from(
      (async function* () {
        yield make()
      })(),
    ),
  )
  await traced('root', async () => {
    const stream = open()
    stream.on('data', use)
    await finished(stream)
  })()
  expect(of('make').parentSpanId).toBe(of('open').spanId)
  expect(of('use').parentSpanId).toBe(of('root').spanId)
})

test('a promise of a stream is recorded as one', async () => {
  const { traced, only } = tape()
  const stream = await traced('open', async () => Readable.from(letters))()
  expect(await stream.toArray()).toEqual(letters)
  expect(only()).toMatchObject({ status: 'ok', resultKind: 'promise-of-node-stream' })
})
