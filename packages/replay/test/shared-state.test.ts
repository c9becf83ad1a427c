import { describe, expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { newTape, ticks } from './tape.ts'

/** A function that shares process state: `use` receives the id of the item and the tool. */
async function recorded(newUse: (tool: (id: string) => Promise<string>) => (id: string) => Promise<string>) {
  const { store, recorder, tracer } = newTape()
  const tool = tracer.traced('tool', { mockOnReplay: true }, async (id: string) => {
    await ticks(2)
    return `tool ${id}`
  })
  let use = newUse(tool)
  const fn = tracer.traced('fn', (id: string) => use(id))
  for (const id of ['a', 'b', 'c']) await fn(id)
  await recorder.flush()
  use = newUse(tool)
  const run = (maxConcurrency: number) => replay(fn, { store, mock: 'marked', maxConcurrency })
  const setUse = (next: typeof newUse) => {
    use = next(tool)
  }
  return { run, setUse }
}

describe('state shared by items in one process', () => {
  test("an item that fails with another item's miss names that item", async () => {
    let shared: Promise<string> | undefined
    const { run, setUse } = await recorded(tool => tool)
    setUse(tool => async id => {
      shared ??= tool(id).then(() => tool('connect'))
      return shared
    })
    const { items } = await run(10)
    const own = items.filter(({ mocks }) => mocks.missed.length > 0)
    expect(own.map(({ error }) => error)).toEqual([
      expect.stringMatching(/^Nothing on the tape answers this call of 'tool'/),
    ])
    const others = items.filter(item => !own.includes(item))
    expect(others).toHaveLength(2)
    for (const { error, outcome } of others) {
      expect(outcome).toBe('failed')
      expect(error).toContain(`the replay of trace ${own[0]?.sourceTraceId}: Nothing on the tape`)
      expect(error).toContain('--isolate')
    }
  })

  test.each([
    ['as a cause', (cause: unknown) => new Error('no connection', { cause })],
    ['among several', (error: unknown) => new AggregateError([new Error('first'), error], 'all failed')],
  ])('even if it is wrapped, %s', async (_, wrap) => {
    let shared: Promise<string> | undefined
    const { run, setUse } = await recorded(tool => tool)
    setUse(tool => async () => {
      shared ??= tool('connect').then(() => tool('connect'))
      try {
        return await shared
      } catch (error) {
        throw wrap(error)
      }
    })
    const errors = (await run(10)).items.map(({ error }) => error ?? '')
    expect(errors.filter(error => error.includes('This error belongs to another item'))).toHaveLength(2)
  })

  test('a queue calls in the frame of the wrong item, and the report says so', async () => {
    // Runs one job at a time, and the next one in the frame of the previous job.
    const queued = (tool: (id: string) => Promise<string>) => {
      const jobs: (() => Promise<void>)[] = []
      let isRunning = false
      const drain = async () => {
        if (isRunning) return
        isRunning = true
        for (let job = jobs.shift(); job; job = jobs.shift()) await job()
        isRunning = false
      }
      return (id: string) =>
        new Promise<string>((resolve, reject) => {
          jobs.push(() => tool(id).then(resolve, reject))
          void drain()
        })
    }
    const { run } = await recorded(queued)
    const one = await run(1)
    expect(one.summary).toMatchObject({ same: 3, pass: true })
    const ten = await run(10)
    const problems = ten.items.flatMap(({ mocks }) => [...mocks.missed, ...mocks.drifted])
    expect(problems.length).toBeGreaterThan(0)
    for (const { reason } of problems)
      expect(reason).toMatch(
        /the recording of trace \w{32}, which is replayed concurrently, has exactly this call/,
      )
    expect(ten.summary.pass).toBe(false)
  })

  test('a batching loader joins calls of several items, and the report says so', async () => {
    const { store, recorder, tracer } = newTape()
    const load = tracer.traced('load', { mockOnReplay: true }, async (ids: readonly string[]) =>
      ids.map(id => `loaded ${id}`),
    )
    // As in DataLoader: one call for all requests of a turn, in the frame of the first.
    const newLoader = () => {
      let batch: { ids: string[]; done: Promise<string[]> } | undefined
      return async (id: string) => {
        const start = () => {
          const ids: string[] = []
          const done = ticks(3).then(() => {
            batch = undefined
            return load(ids)
          })
          return { ids, done }
        }
        batch ??= start()
        const place = batch.ids.push(id) - 1
        return (await batch.done)[place]
      }
    }
    const loader = newLoader()
    const fn = tracer.traced('fn', (id: string) => loader(id))
    for (const id of ['a', 'b', 'c']) await fn(id)
    await recorder.flush()
    const run = (maxConcurrency: number) => replay(fn, { store, mock: 'marked', maxConcurrency })
    expect((await run(1)).summary).toMatchObject({ same: 3, pass: true })
    const ten = await run(10)
    const drifted = ten.items.flatMap(({ mocks }) => [...mocks.drifted, ...mocks.missed])
    expect(drifted).toHaveLength(1)
    expect(drifted[0]?.reason).toMatch(
      /the recording of trace \w{32}, which is replayed concurrently, has a part of it/,
    )
  })

  test('a changed input that other items lack is ordinary drift', async () => {
    const { run, setUse } = await recorded(tool => tool)
    setUse(tool => id => tool(`${id} please`))
    for (const { mocks } of (await run(10)).items) {
      expect(mocks.drifted).toHaveLength(1)
      expect(mocks.drifted[0]?.reason).toBeUndefined()
    }
  })

  test('a call that no other item has is an ordinary miss', async () => {
    const { run, setUse } = await recorded(tool => tool)
    setUse(tool => async id => `${await tool(id)} ${await tool(`${id} again`)}`)
    const { items } = await run(10)
    for (const { mocks } of items) expect(mocks.missed[0]?.reason).toBe('no such call is left on the tape')
  })
})
