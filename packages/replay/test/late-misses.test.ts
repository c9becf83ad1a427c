import { expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { inFakeTime } from './fake-time.ts'
import { newTape } from './tape.ts'

const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const said = "called 'pay', which nothing on the tape answers, so it was not run"

/** Replays two items: one has ended when `later` makes its call, and the other continues for a while. */
async function lateErrorsOf(later: (pay: () => void) => void, isNew = true) {
  const tape = newTape()
  let isChanged = false
  let paid = 0
  const pay = tape.tracer.traced('pay', { mockOnReplay: true }, async () => {
    paid++
  })
  const fn = tape.tracer.traced('fn', async (way: string) => {
    if (way === 'goes on') await wait(100)
    else if (isChanged || !isNew) later(() => void pay().catch(() => {}))
    return way
  })
  for (const way of ['goes on', 'ends']) await fn(way)
  await wait(20)
  await tape.recorder.flush()
  isChanged = true
  paid = 0
  const warned: string[] = []
  const logger = { warn: (message: string) => void warned.push(message) }
  const options = { store: tape.store, mock: 'marked', timing: 'recorded', logger } as const
  const { items, summary } = await replay(fn, options)
  expect(paid).toBe(0)
  const { summary: unkept } = await replay(fn, { ...options, keepItems: false })
  expect(unkept).toEqual(summary)
  const { missed, failed, completed, same, pass } = summary
  const outcomes = items.map(({ outcome, reason, mocks }) => [outcome, reason, mocks.missed.length])
  const late = items.flatMap(({ lateErrors = [] }) => lateErrors)
  return { late, warned, outcomes, summary: { missed, failed, completed, same, pass } }
}

test.each<[string, (pay: () => void) => void]>([
  ['a timer', pay => void setTimeout(pay, 30)],
  ['an immediate', pay => void setImmediate(() => setImmediate(pay))],
  ['a promise after another one', pay => void wait(30).then(pay)],
])('a new call after the function returned is named, and not run: %s', async (_what, later) => {
  const { late, warned, outcomes, summary } = await lateErrorsOf(later)
  expect(late).toEqual([said])
  const warning = expect.stringMatching(new RegExp(`^In the replay of trace \\w{32} code ${said}, after`))
  expect(warned).toEqual([warning, warning])
  expect(outcomes).toEqual([
    ['failed', 'missed after the end: pay', 1],
    ['same', undefined, 0],
  ])
  expect(summary).toEqual({ missed: 1, failed: 1, completed: 1, same: 1, pass: false })
})

test.each<[string, (pay: () => void) => void]>([
  ['a timer', pay => void setTimeout(pay, 5)],
  ['a timer after a timer', pay => void setTimeout(() => setTimeout(pay, 5), 5)],
  ['immediates', pay => void setImmediate(() => setImmediate(pay))],
  ['an interval', pay => void once(pay)],
  ['a timer set long before the answer', pay => void setTimeout(pay, 2_010)],
])('a new call soon after the only item returned fails it: %s', async (_what, later) => {
  const tape = newTape()
  let isChanged = false
  let paid = 0
  const pay = tape.tracer.traced('pay', { mockOnReplay: true }, async () => {
    paid++
  })
  const ask = tape.tracer.traced('ask', { mockOnReplay: true }, async () => wait(2_000))
  const fn = tape.tracer.traced('fn', async () => {
    if (isChanged) later(() => void pay().catch(() => {}))
    await ask()
    return 'answer'
  })
  await inFakeTime(() => fn())
  await tape.recorder.flush()
  isChanged = true
  const { items, summary } = await replay(fn, { store: tape.store, mock: 'marked' })
  expect(items).toMatchObject([{ outcome: 'failed', result: 'answer', mocks: { missed: [{ key: 'pay' }] } }])
  expect([paid, summary.pass]).toEqual([0, false])
})

function once(pay: () => void): void {
  const beat = setInterval(() => {
    clearInterval(beat)
    pay()
  }, 2_005)
}

test('a recorded late call is not a miss', async () => {
  const found = await lateErrorsOf(pay => void setTimeout(pay, 5), false)
  expect(found).toMatchObject({ late: [], warned: [], summary: { pass: true, same: 2, missed: 0 } })
})
