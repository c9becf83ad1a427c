import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape } from './tape.ts'

/** Like a stream of a model SDK: events, chunks, and the complete message at the end. */
class MessageStream extends EventEmitter {
  readonly controller = new AbortController()
  #text = ''
  async *[Symbol.asyncIterator]() {
    for (const word of ['a', 'b']) {
      this.#text += word
      yield word
    }
  }
  async finalMessage() {
    return this.#text
  }
}

/** Like a query builder: nothing runs until it is awaited. */
class Query {
  readonly filters: string[] = []
  where(filter: string) {
    this.filters.push(filter)
    return this
  }
  // biome-ignore lint/suspicious/noThenProperty: a lazy query has a `then`.
  then<T>(onValue: (rows: string[]) => T, onError?: (error: unknown) => T) {
    return Promise.resolve(['row', ...this.filters]).then(onValue, onError)
  }
}

const child = () => Object.assign(Promise.resolve({ exitCode: 0 }), { pid: 4711, kill: () => true })

/** A program that calls `make` as a mocked tool and passes the result to `use`. */
function program<T>(make: () => T, use: (made: T) => unknown) {
  const tape = newTape()
  const tool = tape.tracer.traced('tool', { mockOnReplay: true }, make)
  let how = use
  const fn = tape.tracer.traced('fn', async () => how(tool()))
  const change = (other: (made: T) => unknown) => () => {
    how = other
  }
  return { tape, fn, change }
}

const readAll = async (chunks: AsyncIterable<unknown>) => {
  const read: unknown[] = []
  for await (const chunk of chunks) read.push(chunk)
  return read.map(String).join('')
}

describe('code reading an answer that had additional members', () => {
  test.each<readonly [string, () => unknown, (made: never) => unknown, (made: never) => unknown, string]>([
    [
      'a stream of messages',
      () => new MessageStream(),
      readAll,
      (made: MessageStream) => made.finalMessage(),
      '.finalMessage',
    ],
    [
      'an emitter that is a stream',
      () => new MessageStream(),
      readAll,
      (made: MessageStream) => made.on('text', () => {}),
      '.on',
    ],
    [
      'a query',
      () => new Query(),
      async (made: Query) => await made,
      (made: Query) => made.where('paid'),
      '.where',
    ],
    [
      'a child process',
      child,
      async (made: ReturnType<typeof child>) => (await made).exitCode,
      (made: ReturnType<typeof child>) => made.pid,
      '.pid',
    ],
    [
      'a cursor in a promise',
      async () =>
        Object.assign(
          (async function* () {
            yield 1
          })(),
          { total: 40 },
        ),
      async (made: Promise<AsyncGenerator>) => readAll(await made),
      async (made: Promise<{ total: number }>) => (await made).total,
      '.total',
    ],
    [
      'a message of http',
      () => Object.assign(Readable.from(['x']), { statusCode: 200 }),
      readAll,
      (made: { statusCode: number }) => made.statusCode,
      '.statusCode',
    ],
  ])(
    'fails with the name of the member for %s, and works without it',
    async (_what, make, use, ask, member) => {
      const { tape, fn, change } = program(make, use as (made: unknown) => unknown)
      const unchanged = await recordAndReplay(tape, fn, { mock: 'marked' })
      expect(unchanged).toMatchObject({ error: null, same: true, mocks: { missed: [] } })
      expect(unchanged.mocks.served[0]?.notOnTape).toContain(member)
      const item = await recordAndReplay(
        tape,
        fn,
        { mock: 'marked' },
        change(ask as (made: unknown) => unknown),
      )
      expect(item.error).toContain(`the code read ${member} of what the recorded call returned`)
      expect(item.mocks).toMatchObject({
        served: [],
        missed: [{ key: 'tool', reason: expect.stringContaining(member) }],
      })
    },
  )

  test('inspects it, spreads it, sets a member and probes for others without a miss', async () => {
    const look = async (made: ReturnType<typeof child>) => {
      inspect(made, { depth: 5, showHidden: true })
      JSON.stringify({ ...made })
      const has = ['then', 'toJSON', 'nodeType', 'asymmetricMatch', Symbol.toStringTag].map(
        name => typeof Reflect.get(made, name),
      )
      return [has, (await made).exitCode]
    }
    const { tape, fn, change } = program(child, look)
    expect(await recordAndReplay(tape, fn, { mock: 'marked' })).toMatchObject({ error: null, same: true })
    const set = async (made: ReturnType<typeof child>) => Object.assign(made, { pid: 1 }).pid
    const item = await recordAndReplay(tape, fn, { mock: 'marked' }, change(set as never))
    expect(item).toMatchObject({ result: 1, mocks: { missed: [] } })
  })

  test('a plain generator, promise or stream has no such members', async () => {
    for (const make of [
      async () => 1,
      async function* () {
        yield 1
      },
      () => Readable.from(['a']),
      () => new Blob(['a']).stream(),
    ]) {
      const { tape, fn } = program<unknown>(make, async made => {
        if (made instanceof Promise) return made
        return readAll(made as AsyncIterable<unknown>)
      })
      const { mocks, same } = await recordAndReplay(tape, fn, { mock: 'marked' })
      expect([same, mocks.served]).toEqual([
        true,
        [expect.not.objectContaining({ notOnTape: expect.anything() })],
      ])
    }
  })
})
