import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGzip, gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { replay } from '../src/index.ts'
import { newTape } from './tape.ts'

const later = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

function passed(...chunks: string[]): PassThrough {
  const stream = new PassThrough()
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  return stream
}

/** Records a program that reads the result of a mocked tool, and replays it. */
async function replayed<T extends Readable>(make: () => T, use: (stream: T) => unknown, change = use) {
  const { store, recorder, tracer, logger } = newTape()
  let made = 0
  const tool = tracer.traced('tool', { mockOnReplay: true }, () => {
    made++
    return make()
  })
  let how = use
  const fn = tracer.traced('fn', async () => how(tool()))
  await fn()
  await later(5)
  await recorder.flush()
  how = change
  const { items } = await replay(fn, { store, mock: 'marked', logger })
  expect(made).toBe(1)
  return items[0]
}

describe('a stream that can be written too', () => {
  test.each<[string, () => PassThrough, (stream: PassThrough) => unknown]>([
    ['is read whole', () => passed('x', 'y'), stream => text(stream)],
    ['is iterated', () => passed('x', 'y'), async stream => (await stream.toArray()).map(String).join('')],
    [
      'is piped',
      () => passed('x', 'y'),
      async stream => {
        const to = new PassThrough()
        const read = text(to)
        await pipeline(stream, to)
        return read
      },
    ],
    [
      'is compressed',
      () => passed('x', 'y').pipe(createGzip()) as unknown as PassThrough,
      async stream => gunzipSync(Buffer.concat(await stream.toArray())).toString(),
    ],
  ])('%s', async (_what, make, use) => {
    expect(await replayed(make, use)).toMatchObject({ outcome: 'same', error: null, result: 'xy' })
  })

  test('fails by name when the current code writes to it', async () => {
    const item = await replayed(
      () => passed('x'),
      stream => text(stream),
      stream => stream.write('z'),
    )
    expect(item?.error).toContain('.write')
    expect(item?.outcome).toBe('failed')
  })
})

const lines = () => Readable.from(['a', 'b', 'c'])

describe('a partly read stream', () => {
  test.each<[string, (stream: Readable) => unknown]>([
    [
      'by a loop',
      async stream => {
        for await (const line of stream) return line
      },
    ],
    [
      'by a loop that works on each line before it goes',
      async stream => {
        for await (const line of stream) {
          await later(20)
          return line
        }
      },
    ],
    [
      'by a listener',
      stream =>
        new Promise(resolve =>
          stream.on('data', line => {
            stream.destroy()
            resolve(line)
          }),
        ),
    ],
    ['by take', async stream => (await stream.take(1).toArray())[0]],
  ])('%s is the same if it is left there again', async (_how, use) => {
    expect(await replayed(lines, use)).toMatchObject({ outcome: 'same', error: null, result: 'a' })
  })

  test.each<[string, (stream: Readable) => unknown]>([
    ['by a loop', stream => stream.toArray()],
    [
      'by a listener',
      stream =>
        new Promise((resolve, reject) => {
          const read: unknown[] = []
          stream
            .on('data', line => read.push(line))
            .on('end', () => resolve(read))
            .on('error', reject)
        }),
    ],
  ])('is a miss if the current code reads further %s', async (_how, change) => {
    const first = async (stream: Readable) => {
      for await (const line of stream) return line
    }
    const item = await replayed(lines, first, change)
    expect(item?.mocks.missed[0]?.reason).toContain('not read to its end')
    expect(item?.outcome).toBe('failed')
  })
})
