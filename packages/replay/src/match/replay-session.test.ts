import { describe, expect, test } from 'vitest'
import { newTape, type Tape, ticks } from '../../test/tape.ts'
import type { ReplayOptions } from '../options.ts'
import { replay } from '../run/replay.ts'

/** Records one call of `fn`, lets `change` happen, and replays it. */
async function recordAndReplay(
  { store, recorder }: Tape,
  fn: () => unknown,
  options: Partial<ReplayOptions>,
  change: () => void = () => {},
) {
  await Promise.resolve(fn()).catch(() => {})
  await recorder.flush()
  change()
  const { items } = await replay(fn, { store, ...options })
  const item = items[0]
  if (!item) throw new Error('nothing was replayed')
  return item
}

describe('an answer from the tape', () => {
  test('has the recorded kind of result', async () => {
    const tape = newTape()
    const { traced } = tape.tracer
    let isLive = true
    const only = <T>(live: T): T => {
      if (isLive) return live
      throw new Error('ran')
    }
    const now = traced('now', () => only(1))
    const soon = traced('soon', async () => only(2))
    const each = traced('each', function* () {
      yield only(3)
      return 'end'
    })
    const eachSoon = traced('each-soon', async function* () {
      yield only(4)
    })
    const later = traced('later', async () => only(eachSoon()))
    const fn = traced('fn', async () => {
      const kinds = [now(), soon() instanceof Promise, await soon(), [...each()]]
      for await (const chunk of eachSoon()) kinds.push(chunk)
      for await (const chunk of await later()) kinds.push(chunk)
      return kinds
    })
    const item = await recordAndReplay(tape, fn, { mock: 'all' }, () => {
      isLive = false
    })
    expect(item).toMatchObject({ result: [1, true, 2, [3], 4, 4], error: null })
    expect(item.mocks).toMatchObject({ drifted: [], missed: [], unused: [] })
  })

  test('is thrown, rejected or fails later, as recorded', async () => {
    const tape = newTape()
    const { traced } = tape.tracer
    let ran = 0
    const fail = (how: string) => {
      ran++
      throw Object.assign(new RangeError(how), { code: how })
    }
    const now = traced('now', () => fail('at once'))
    const soon = traced('soon', async () => fail('later'))
    const midway = traced('midway', async function* () {
      yield 1
      fail('midway')
    })
    const nothing = traced('nothing', async () => {
      throw undefined
    })
    const fn = traced('fn', async () => {
      const caught: unknown[] = []
      const note = (error: unknown) => caught.push(error instanceof RangeError ? { ...error } : error)
      try {
        now()
      } catch (error) {
        note(error)
      }
      await soon().catch(note)
      try {
        for await (const chunk of midway()) caught.push(chunk)
      } catch (error) {
        note(error)
      }
      await nothing().catch(note)
      return caught
    })
    const item = await recordAndReplay(tape, fn, { mock: 'all' })
    expect(item.result).toEqual([{ code: 'at once' }, { code: 'later' }, 1, { code: 'midway' }, undefined])
    expect(item.result).toEqual(item.originalOutput)
    expect(ran).toBe(3)
  })

  test('hides the calls under it: a mocked parent runs none of its recorded children', async () => {
    const tape = newTape()
    const ran: string[] = []
    const { traced } = tape.tracer
    const child = traced('child', async (name: string) => {
      ran.push(name)
      return name
    })
    const parent = traced('parent', { mockOnReplay: true }, async () => child('under'))
    const fn = traced('fn', async () => [await parent(), await child('beside')])
    const item = await recordAndReplay(tape, fn, { mock: 'marked' }, () => ran.splice(0))
    expect(item).toMatchObject({ result: ['under', 'beside'], mocks: { missed: [], unused: [] } })
    expect(ran).toEqual(['beside'])
  })

  test('belongs to the calling parent, in recursion and in concurrent branches', async () => {
    const tape = newTape()
    const { traced } = tape.tracer
    let serial = 0
    const draw = traced('draw', { mockOnReplay: true }, async () => serial++)
    const branch = traced('branch', async (depth: number): Promise<unknown> => {
      await ticks((depth * 7) % 3)
      const own = await draw()
      return depth === 0 ? own : [own, ...(await Promise.all([branch(depth - 1), branch(depth - 1)]))]
    })
    const fn = traced('fn', async () => Promise.all([1, 2, 3].map(branch)))
    const item = await recordAndReplay(tape, fn, { mock: 'marked' })
    expect(item.result).toEqual(item.originalOutput)
    expect(item.mocks.served).toHaveLength(serial)
  })

  test('from a partly read stream ends where the recording does, and further reads say so', async () => {
    const tape = newTape()
    let isGreedy = false
    const count = tape.tracer.traced('count', async function* () {
      for (let next = 0; ; next++) yield next
    })
    const fn = tape.tracer.traced('fn', async () => {
      const read: number[] = []
      for await (const next of count()) {
        read.push(next)
        if (read.length === 2 && !isGreedy) break
      }
      return read
    })
    expect((await recordAndReplay(tape, fn, { mock: 'all' })).result).toEqual([0, 1])
    isGreedy = true
    const { items } = await replay(fn, { store: tape.store, mock: 'all' })
    expect(items[0]?.error).toContain('the rest is not on the tape')
  })
})

describe('a miss', () => {
  test('is an error and runs nothing', async () => {
    const tape = newTape()
    let isChanged = false
    const sent: string[] = []
    const send = tape.tracer.traced('mail.send', { mockOnReplay: true }, async (to: string) => sent.push(to))
    const fn = tape.tracer.traced('fn', async () => {
      if (isChanged) await send('everyone')
      return 'done'
    })
    const item = await recordAndReplay(tape, fn, { mock: 'marked' }, () => {
      isChanged = true
    })
    expect(item.error).toContain("Nothing on the tape answers this call of 'mail.send'")
    expect(item.mocks).toMatchObject({ served: [], missed: [{ key: 'mail.send', name: 'mail.send' }] })
    expect(sent).toEqual([])
  })

  test('is reported even if it is not awaited, and does not end the process', async () => {
    const tape = newTape()
    let isChanged = false
    const log = tape.tracer.traced('log', async () => {})
    const fn = tape.tracer.traced('fn', async () => {
      if (isChanged) void log()
      return 'done'
    })
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    const item = await recordAndReplay(tape, fn, { mock: 'all' }, () => {
      isChanged = true
    })
    await ticks(2)
    process.off('unhandledRejection', note)
    expect(item).toMatchObject({ result: 'done', mocks: { missed: [{ key: 'log' }] } })
    expect(unhandled).toEqual([])
  })

  test("runs the code under onMiss: 'run', whose calls match nothing", async () => {
    const tape = newTape()
    let isChanged = false
    const ran: string[] = []
    const child = tape.tracer.traced('child', async () => ran.push('child'))
    const added = tape.tracer.traced('added', async () => {
      ran.push('added')
      await child()
    })
    const fn = tape.tracer.traced('fn', async () => (isChanged ? added() : child()))
    const item = await recordAndReplay(tape, fn, { mock: 'all', onMiss: 'run' }, () => {
      isChanged = true
      ran.length = 0
    })
    expect(ran).toEqual(['added', 'child'])
    expect(item.mocks).toMatchObject({
      missed: [{ key: 'added' }, { key: 'child' }],
      unused: [{ key: 'child' }],
    })
  })

  test('is a call whose recorded output is incomplete, and names what is missing', async () => {
    const tape = newTape()
    let ran = 0
    const open = tape.tracer.traced('open', async () => {
      ran++
      return { close: 'later', seen: new WeakSet() }
    })
    const fn = tape.tracer.traced('fn', async () => typeof (await open()).close)
    const item = await recordAndReplay(tape, fn, { mock: 'all' })
    expect(item.error).toContain('values that could not be kept ($.seen: an instance of WeakSet)')
    expect(item.mocks).toMatchObject({
      served: [],
      missed: [{ sourceSpanId: expect.any(String) }],
      unused: [],
    })
    expect(ran).toBe(1)
    const { items } = await replay(fn, { store: tape.store, mock: 'all', onMiss: 'run' })
    expect(items[0]).toMatchObject({ result: 'string', error: null })
  })

  test('is not a call whose recorded output lacks only functions: they fail when called', async () => {
    const tape = newTape()
    const settings = { calls: false }
    const open = tape.tracer.traced('open', () => ({ rows: 3, close: () => 'closed' }))
    const list = tape.tracer.traced('list', async () => [new (class Own {})(), () => 1].slice(1))
    const fn = tape.tracer.traced('fn', async () => {
      const [{ rows, close }] = [open(), await list()]
      return settings.calls ? close() : rows
    })
    const item = await recordAndReplay(tape, fn, { mock: 'all' })
    expect(item).toMatchObject({ result: 3, outcome: 'same', mocks: { missed: [] } })
    expect(item.mocks.served).toMatchObject([{ key: 'open' }, { key: 'list' }])
    settings.calls = true
    const { items } = await replay(fn, { store: tape.store, mock: 'all' })
    expect(items[0]).toMatchObject({ outcome: 'failed', thrown: { code: 'not-replayable' } })
    expect(items[0]?.error).toContain('$.close')
  })
})

describe('a mock strategy', () => {
  async function under(mock: 'none' | 'marked' | 'all') {
    const tape = newTape()
    const ran: string[] = []
    const marked = tape.tracer.traced('marked', { mockOnReplay: true }, () => ran.push('marked'))
    const plain = tape.tracer.traced('plain', () => ran.push('plain'))
    const fn = tape.tracer.traced('fn', () => [marked(), plain()])
    const item = await recordAndReplay(tape, fn, { mock }, () => ran.splice(0))
    return { ran, served: item.mocks.served.map(({ key }) => key) }
  }

  test('none runs all, marked runs unmarked calls, all runs nothing', async () => {
    expect(await under('none')).toEqual({ ran: ['marked', 'plain'], served: [] })
    expect(await under('marked')).toEqual({ ran: ['plain'], served: ['marked'] })
    expect(await under('all')).toEqual({ ran: [], served: ['marked', 'plain'] })
  })
})

describe('the mock report', () => {
  test('lists a changed input as drift, and calls that were not made as unused', async () => {
    const tape = newTape()
    let names = ['a', 'b', 'c']
    const child = tape.tracer.traced('child', async (name: string) => name)
    const fn = tape.tracer.traced('fn', async () => Promise.all(names.map(name => child(name))))
    const item = await recordAndReplay(tape, fn, { mock: 'all' }, () => {
      names = ['c', 'z']
    })
    expect(item.result).toEqual(['c', 'a'])
    expect(item.mocks).toMatchObject({ served: [{ key: 'child' }], drifted: [{ key: 'child' }], missed: [] })
    expect(item.mocks.unused).toHaveLength(1)
  })

  test('lists a marked call as unused under removed code', async () => {
    const tape = newTape()
    let isChanged = false
    const tool = tape.tracer.traced('tool', { mockOnReplay: true }, async () => 1)
    const plan = tape.tracer.traced('plan', async () => tool())
    const fn = tape.tracer.traced('fn', async () => (isChanged ? 0 : plan()))
    const item = await recordAndReplay(tape, fn, { mock: 'marked' }, () => {
      isChanged = true
    })
    expect(item.mocks).toMatchObject({ served: [], unused: [{ key: 'tool' }] })
  })
})
