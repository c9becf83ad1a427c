import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { recordAndReplay } from './record-and-replay.ts'
import { newTape, type Tape } from './tape.ts'

// vitest cannot fake `nextTick` in its own process.
const everything = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'clearImmediate',
  'queueMicrotask',
  'performance',
  'hrtime',
  'Date',
] as const

afterEach(() => void vi.useRealTimers())

/** Two calls whose answers must keep their order, and one that a changed program no longer makes. */
function program({ tracer }: Tape) {
  const wait = tracer.traced('wait', { mockOnReplay: true }, async (ms: number) => {
    await new Promise(resolve => setTimeout(resolve, ms))
    return ms
  })
  let isChanged = false
  const fn = tracer.traced('fn', async () => {
    const left = isChanged ? [] : [wait(5)]
    return Promise.race([...left, wait(30), wait(15)])
  })
  const change = () => {
    isChanged = true
  }
  return { fn, change }
}

describe('a replay while a test has faked the clock', () => {
  test.each([
    ['as vitest does by default', undefined],
    ['with everything that vitest can fake', { toFake: [...everything] }],
  ])('%s ends', async (_, config) => {
    const tape = newTape()
    const { fn, change } = program(tape)
    const item = await recordAndReplay(
      tape,
      fn,
      { mock: 'marked' },
      () => {
        change()
        vi.useFakeTimers(config)
      },
      50,
    )
    expect(item).toMatchObject({ error: null, result: 15, mocks: { missed: [], unused: [{ key: 'wait' }] } })
  })

  test('takes the recorded time with recorded timing', async () => {
    const tape = newTape()
    const { fn } = program(tape)
    const options = { mock: 'marked', timing: 'recorded', itemTimeoutMs: 60_000 } as const
    const item = await recordAndReplay(tape, fn, options, () => void vi.useFakeTimers(), 50)
    expect(item).toMatchObject({ error: null, result: 5, same: true })
  })
})

const run = promisify(execFile)

// In separate processes: faked before Runtape is loaded, and after.
const nodeTest = `const { mock } = await import('node:test')
  mock.timers.enable()`
const sinon = `const { default: fake } = await import('@sinonjs/fake-timers')
  fake.install()`

describe('a replay in a process whose clock is faked', () => {
  test.each([
    ['by node:test before anything is loaded', nodeTest, ''],
    ['by node:test when all is loaded', '', nodeTest],
    ['by sinon before anything is loaded', sinon, ''],
    ['by sinon when all is loaded', '', sinon],
  ])('%s ends', async (_, before, after) => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script(before, after)], {
      cwd: new URL('..', import.meta.url),
      timeout: 60_000,
    })
    expect(stdout).toBe('b null 0 0\n')
  })
})

const script = (before: string, after: string) => `
  ${before}
  const { createRecorder } = await import('@runtape/recorder')
  const { replay } = await import('@runtape/replay')
  const { sqliteStore } = await import('@runtape/store-sqlite')
  const { createTracer } = await import('@runtape/trace')
  ${after}
  const store = sqliteStore(':memory:')
  const recorder = createRecorder({ store })
  const { traced } = createTracer({ sink: recorder })
  const tool = traced('tool', { mockOnReplay: true }, async name => {
    for (let turn = name === 'a' ? 2000 : 20; turn > 0; turn--) await new Promise(resolve => nextTurn(resolve))
    return name
  })
  const { port1, port2 } = new MessageChannel()
  const waiting = []
  port2.onmessage = () => waiting.shift()()
  const nextTurn = resolve => { waiting.push(resolve); port1.postMessage(0) }
  const fn = traced('fn', async () => {
    const calls = [tool('a'), tool('b')]
    const first = await Promise.race(calls)
    await Promise.all(calls)
    return first
  })
  await fn()
  await recorder.flush()
  const { items: [item], summary } = await replay(fn, { store, mock: 'marked', itemTimeoutMs: 30_000 })
  console.log(item.result, item.error, summary.missed, summary.unused)
  await recorder.close()
  process.exit(0)`
