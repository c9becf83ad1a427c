import type { CallValue } from '@runtape/core'
import { inTurn, json } from '@runtape/testing/google'
import { createTracker } from '@runtape/tracker'
import { expect, test } from 'vitest'
import { setUp } from './set-up.ts'

const given = setUp()
const { tape, client } = given
const ended = () =>
  tape.events.filter(({ metric }) => metric.startsWith('call:')).map(({ value }) => value as CallValue)
const usage = { total_input_tokens: 20, total_output_tokens: 5, total_tokens: 25 }

let made = 0
function inBackground() {
  const id = `interaction_${++made}`
  const at = (status: string, more: object = {}) =>
    json({ id, object: 'interaction', model: 'gemini-test', status, steps: [], ...more })
  return { id, running: at('in_progress'), done: at('completed', { usage }), cancelled: at('cancelled') }
}
const question = { model: 'gemini-test', input: 'Hi', background: true } as const

test('a background interaction is one call of its run, with the usage of the later get', async () => {
  const { id, running, done } = inBackground()
  given.fake.answer(inTurn(running, running, done, done))
  const run = createTracker({ sink: tape, configKey: 'test' })
  await run.run(() => client().interactions.create(question))
  expect(ended()).toEqual([])
  for (let poll = 0; poll < 3; poll++) await client().interactions.get(id)
  expect(ended()).toMatchObject([{ status: 'success', usage: { input: 20, output: 5, total: 25 } }])
  expect(tape.calls.map(({ key, usage: known }) => [key, known?.total])).toEqual([
    ['google.interactions', undefined],
    ['google.interactions.get', undefined],
    ['google.interactions.get', 25],
    ['google.interactions.get', undefined],
  ])
})

test('a cancelled interaction is a cancelled call', async () => {
  const { id, running, cancelled } = inBackground()
  given.fake.answer(inTurn(running, cancelled))
  const run = createTracker({ sink: tape, configKey: 'test' })
  await run.run(async () => {
    await client().interactions.create(question)
    await client().interactions.cancel(id)
  })
  expect(ended()).toMatchObject([{ status: 'cancelled' }])
})

test('getting an interaction that this process did not start is no call', async () => {
  const { id, done } = inBackground()
  given.fake.answer(done)
  const run = createTracker({ sink: tape, configKey: 'test' })
  await run.run(() => client().interactions.get(id))
  expect(ended()).toEqual([])
})
