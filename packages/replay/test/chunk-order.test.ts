import { Readable } from 'node:stream'
import type { SpanRecord } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { describe, expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { inFakeTime } from './fake-time.ts'
import { newTape, storeWith, type Tape } from './tape.ts'

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

function makeTools({ tracer: { traced } }: Tape) {
  async function* chunks(name: string, times: readonly number[]) {
    for (const [index, ms] of times.entries()) {
      await pause(ms)
      yield `${name}${index}`
    }
  }
  return {
    stream: traced('stream', { mockOnReplay: true }, chunks),
    web: traced('web', { mockOnReplay: true }, async (name: string, times: readonly number[]) =>
      ReadableStream.from(chunks(name, times)),
    ),
    live: traced('live', chunks),
    tool: traced('tool', { mockOnReplay: true }, async (name: string, ms: number) => {
      await pause(ms)
      return name
    }),
  }
}

type Program = (tools: ReturnType<typeof makeTools>, came: (what: string) => void) => Promise<unknown>

async function read(stream: AsyncIterable<string>, came: (what: string) => void) {
  for await (const chunk of stream) came(chunk)
}

const merged: Readonly<Record<string, Program>> = {
  'two streams': ({ stream }, came) =>
    Promise.all([read(stream('a', [10, 30, 30]), came), read(stream('b', [20, 10, 30]), came)]),
  'a stream and a tool': ({ stream, tool }, came) =>
    Promise.all([
      read(stream('a', [10, 30, 30]), came),
      tool('tool', 25).then(came),
      tool('last', 90).then(came),
    ]),
  'two web streams': async ({ web }, came) => {
    const [a, b] = await Promise.all([web('a', [10, 30, 30]), web('b', [20, 10, 30])])
    return Promise.all([read(a, came), read(b, came)])
  },
  'a stream of real code and an answered one': ({ live, stream }, came) =>
    Promise.all([read(live('a', [10, 30, 30]), came), read(stream('b', [25, 30, 30]), came)]),
  'a race of first chunks': async ({ stream, tool }, came) => {
    const first = async (name: string, ms: number) => {
      const steps = stream(name, [ms, 50])
      const { value } = await steps.next()
      await steps.return(undefined)
      return value as string
    }
    came(await Promise.race([first('slow', 60), first('fast', 20), tool('tool', 40)]))
  },
}

async function replayed(program: Program, mock: 'all' | 'marked', kept = (store: Store) => store) {
  const tape = newTape()
  const all = makeTools(tape)
  const fn = tape.tracer.traced('fn', async () => {
    const list: string[] = []
    await program(all, what => void list.push(what))
    return list
  })
  await inFakeTime(fn)
  await tape.recorder.flush()
  const { items } = await replay(fn, { store: kept(tape.store), mock })
  return items[0]
}

describe('chunks keep their recorded order', () => {
  for (const [name, program] of Object.entries(merged))
    for (const mock of ['marked', 'all'] as const)
      test(`${name}, under '${mock}'`, async () => {
        const item = await replayed(program, mock)
        expect(item?.result).toEqual(item?.originalOutput)
        expect(item).toMatchObject({
          error: null,
          same: true,
          mocks: { missed: [], drifted: [], unused: [] },
        })
      })

  test('and a tape without chunk positions still replays, with all chunks', async () => {
    const forget = ({ metadata: _, ...span }: SpanRecord): SpanRecord => span
    const item = await replayed(merged['two streams'] as Program, 'marked', store =>
      storeWith(store, {
        traces: {
          get: async id => {
            const trace = await store.traces.get(id)
            return trace && { ...trace, spans: trace.spans.map(forget) }
          },
        },
      }),
    )
    expect(item?.error).toBe(null)
    const came = (item?.result ?? []) as string[]
    expect(came.toSorted()).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'b2'])
  })

  test('and code that now reads another stream to its end does not wait for ever', async () => {
    let isChanged = false
    const item = await replayed(
      async ({ stream }, came) => {
        if (!isChanged)
          return Promise.all([read(stream('a', [10, 30]), came), read(stream('b', [20, 30]), came)])
        return read(Readable.from(stream('b', [20, 30])), came)
      },
      'marked',
      store => {
        isChanged = true
        return store
      },
    )
    expect(item).toMatchObject({ error: null, result: ['b0', 'b1'] })
  })
})
