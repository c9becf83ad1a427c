import { expect, it } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { newTape } from './tape.ts'

const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const said = "called 'pay', which nothing on the tape answers, so it was not run"

/** Replays two items: the code of one has ended when `later` makes its call, and the other one goes on for a while. */
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
  const { items } = await replay(fn, { store: tape.store, mock: 'marked', timing: 'recorded', logger })
  expect(items.map(({ outcome }) => outcome)).toEqual(['same', 'same'])
  expect(paid).toBe(0)
  return { late: items.flatMap(({ lateErrors = [] }) => lateErrors), warned }
}

it.each<[string, (pay: () => void) => void]>([
  ['a timer', pay => void setTimeout(pay, 5)],
  ['an immediate', pay => void setImmediate(() => setImmediate(pay))],
  ['a promise after another one', pay => void wait(5).then(pay)],
])('a new call that is made after the answer is named, and not run: %s', async (_what, later) => {
  const { late, warned } = await lateErrorsOf(later)
  expect(late).toEqual([said])
  expect(warned).toEqual([
    expect.stringMatching(new RegExp(`^In the replay of trace \\w{32} code ${said}, after`)),
  ])
})

it('a recorded call that is made after the answer is none of them', async () => {
  expect(await lateErrorsOf(pay => void setTimeout(pay, 5), false)).toEqual({ late: [], warned: [] })
})
