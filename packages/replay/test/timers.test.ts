import timers from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { inFakeTime } from './fake-time.ts'
import { newTape, type Tape } from './tape.ts'
import { realTimePrograms, type Tools, timerPrograms } from './timer-programs.ts'

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

function tools({ tracer }: Tape): Tools {
  let calls = 0
  return {
    tool: tracer.traced('tool', { mockOnReplay: true }, async (name: string, ms: number) => {
      calls++
      await pause(ms)
      return `${name} #${calls}`
    }),
    flaky: tracer.traced('flaky', { mockOnReplay: true }, async (failures: number, ms: number) => {
      const call = calls++
      await pause(ms)
      if (call < failures) throw new RangeError(`call ${call}`)
      return `call ${call}`
    }),
    stream: tracer.traced('stream', { mockOnReplay: true }, async function* (times: readonly number[]) {
      for (const [index, ms] of times.entries()) {
        await pause(ms)
        yield index
      }
    }),
  }
}

async function replayed(
  program: (tools: Tools) => Promise<unknown>,
  mock: 'all' | 'marked',
  isFake: boolean,
) {
  const tape = newTape()
  const fn = tape.tracer.traced('fn', async () => program(tools(tape)))
  if (isFake) await inFakeTime(fn)
  else await fn()
  await pause(isFake ? 0 : 400)
  await tape.recorder.flush()
  const { items } = await replay(fn, { store: tape.store, mock })
  return items[0]
}

const identical = {
  error: null,
  mocks: { drifted: [], missed: [], unused: [] },
  same: true,
  diff: { added: [], removed: [], changed: [], reordered: [] },
}

describe('an unchanged program with timers replays identically', () => {
  for (const [programs, isFake] of [
    [timerPrograms, true],
    [realTimePrograms, false],
  ] as const)
    for (const [name, program] of Object.entries(programs))
      for (const mock of ['marked', 'all'] as const)
        test(`${name}, under '${mock}'`, async () => {
          const item = await replayed(program, mock, isFake)
          expect(item?.result).toEqual(item?.originalOutput)
          expect(item).toMatchObject(identical)
        })
})

describe('a timer of replayed code', () => {
  const replayedOnce = async (
    program: (tools: Tools) => Promise<unknown>,
    options: object = { mock: 'marked' },
  ) => {
    const tape = newTape()
    let isReplay = false
    const fn = tape.tracer.traced('fn', async () =>
      isReplay ? program(tools(tape)) : tools(tape).tool('model', 30),
    )
    await inFakeTime(fn)
    await tape.recorder.flush()
    isReplay = true
    const { items } = await replay(fn, { store: tape.store, ...options })
    if (items[0]?.error) throw items[0].thrown
    return items[0]?.result
  }

  test('is a Node timer in every way', async () => {
    const native = setTimeout(() => {}, 1)
    clearTimeout(native)
    const result = await replayedOnce(async ({ tool }) => {
      const fired: unknown[] = []
      const take = function (this: unknown, ...args: unknown[]) {
        fired.push(args, this === timer)
      }
      const timer = setTimeout(take, 5, 'a', 2)
      const facts = [
        Object.getPrototypeOf(timer) === Object.getPrototypeOf(native),
        Object.keys(timer).join() === Object.keys(native).join(),
        timer.hasRef(),
        timer.unref().hasRef(),
        timer.ref() === timer,
        timer.refresh() === timer,
        typeof Number(timer),
      ]
      const cleared = [
        (lost: NodeJS.Timeout) => clearTimeout(lost),
        (lost: NodeJS.Timeout) => clearTimeout(Number(lost)),
        (lost: NodeJS.Timeout) => lost.close(),
        (lost: NodeJS.Timeout) => lost[Symbol.dispose](),
      ]
      for (const clear of cleared) clear(setTimeout(() => fired.push('cleared'), 1))
      clearInterval(setInterval(() => fired.push('cleared'), 1))
      await tool('model', 30)
      return [facts, fired]
    })
    expect(result).toEqual([
      [true, true, true, false, true, true, 'number'],
      [['a', 2], true],
    ])
  })

  test('may be set again while it fires, and an interval may end itself', async () => {
    const result = await replayedOnce(async ({ tool }) => {
      const fired: string[] = []
      const timer = setTimeout(() => {
        fired.push('timer')
        if (fired.length < 3) timer.refresh()
      }, 4)
      const heart = setInterval(() => {
        fired.push('beat')
        if (fired.length > 3) clearInterval(heart)
      }, 9)
      await tool('model', 30)
      return fired
    })
    expect(result).toEqual(['timer', 'timer', 'beat', 'timer', 'beat'])
  })

  test('is refused for the same arguments as in Node', async () => {
    const result = await replayedOnce(async () => {
      const refused = [
        () => setTimeout('text' as never, 1),
        () => AbortSignal.timeout(-1),
        () => AbortSignal.timeout('1' as never),
      ].map(run => {
        try {
          return run()
        } catch (error) {
          return (error as { code?: string }).code
        }
      })
      const late = await timers
        .setTimeout(1, 0, { signal: 1 as never })
        .catch(({ code }: { code: string }) => code)
      return [...refused, late]
    })
    const type = 'ERR_INVALID_ARG_TYPE'
    expect(result).toEqual([type, 'ERR_OUT_OF_RANGE', type, type])
  })

  test('takes real time if nothing is answered, and outside replayed code', async () => {
    const began = performance.now()
    await replayedOnce(() => pause(30), { mock: 'none' })
    expect(performance.now() - began).toBeGreaterThan(28)
    const during = Promise.withResolvers<number>()
    const timer = { set: () => {} }
    const outside = new Promise<void>(resolve => {
      timer.set = () => void setTimeout(resolve, 5)
    })
    await replayedOnce(async ({ tool }) => {
      during.resolve(Date.now())
      await tool('model', 30)
    })
    timer.set()
    await outside
    expect(Math.abs((await during.promise) - Date.now())).toBeLessThan(5000)
  })
})

describe('an item that differs', () => {
  test.each([
    ['with timers', true],
    ['without timers', false],
    ['with a deadline far off', false, 60_000],
  ])('%s hints at timing accordingly', async (_, waits, deadlineMs?: number) => {
    const tape = newTape()
    let text = 'before'
    const fn = tape.tracer.traced('fn', async () => {
      const { tool } = tools(tape)
      if (deadlineMs !== undefined) AbortSignal.timeout(deadlineMs)
      if (waits) await Promise.race([tool('model', 30), pause(5)])
      else await tool('model', 5)
      return text
    })
    await fn()
    await pause(60)
    await tape.recorder.flush()
    const same = await replay(fn, { store: tape.store, mock: 'marked' })
    expect(same.items[0]).not.toHaveProperty('hint')
    text = 'after'
    const { items } = await replay(fn, { store: tape.store, mock: 'marked' })
    expect(items[0]?.hint ?? '').toContain(waits ? "timing: 'recorded'" : '')
    expect('hint' in (items[0] ?? {})).toBe(waits)
  })
})
