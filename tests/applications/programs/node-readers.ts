// Log files as Node streams: compressed, first lines only, events and pipes.
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGzip, gunzipSync } from 'node:zlib'
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { mark: '' }
const lines = ['one', 'two', 'three']

const open = traced('logs.open', { mockOnReplay: true }, () => {
  effect('logs open')
  return Readable.from(lines)
})
const follow = traced('logs.follow', { mockOnReplay: true }, () => {
  effect('logs follow')
  const stream = new PassThrough()
  setTimeout(() => stream.write('one '), 1)
  setTimeout(() => stream.end('two'), 3)
  return stream
})
const packed = traced('logs.packed', { mockOnReplay: true }, () => {
  effect('logs packed')
  return Readable.from(lines).pipe(createGzip())
})
const damaged = traced('logs.damaged', { mockOnReplay: true }, () => {
  effect('logs damaged')
  async function* read() {
    yield 'one'
    throw new TypeError('damaged')
  }
  return Readable.from(read())
})

const ways: Record<string, () => unknown> = {
  whole: () => open().toArray(),
  first: async () => {
    for await (const line of open()) return line
  },
  'first, slowly': async () => {
    for await (const line of open()) {
      await new Promise(resolve => setTimeout(resolve, 10))
      return line
    }
  },
  'first, by an event': () =>
    new Promise(resolve => {
      const stream = open()
      stream.on('data', line => {
        stream.destroy()
        resolve(line)
      })
    }),
  events: () =>
    new Promise(resolve => {
      const read: string[] = []
      open()
        .on('data', line => read.push(line))
        .on('end', () => resolve(read))
    }),
  pipe: async () => {
    const to = new PassThrough()
    const read = text(to)
    await pipeline(open(), to)
    return read
  },
  follow: () => text(follow()),
  unpack: async () => gunzipSync(Buffer.concat(await packed().toArray())).toString(),
  damaged: async () => {
    try {
      return await damaged().toArray()
    } catch (error) {
      return error instanceof TypeError && error.message
    }
  },
}

const read = traced('logs.read', async (way: string) => {
  const found = await ways[way]?.()
  return settings.mark ? [found, settings.mark] : [found]
})

export const application: Application = {
  name: 'streams of Node in every way of reading',
  entry: read,
  inputs: Object.keys(ways).map(way => [way]),
  change: { make: changing(settings, { mark: 'new' }), reports: {} },
}
