import { replayCalls } from '@runtape/testing'
import { failure, inTurn, json, reset } from '@runtape/testing/google'
import { expect, test } from 'vitest'
import { setUp } from './set-up.ts'

const given = setUp()
const { tape, client } = given
const usage = { total_input_tokens: 20, total_output_tokens: 5, total_tokens: 25 }
const answered = (text: string) =>
  json({
    id: text,
    object: 'interaction',
    model: 'm',
    status: 'completed',
    steps: [],
    usage,
    output_text: text,
  })

test('the input of an interaction, which the SDK sends as a Request, is on the tape', async () => {
  given.fake.answer(answered('a'))
  await client().interactions.create({ model: 'gemini-test', input: 'Where is my order?' })
  const { input, metadata } = tape.call
  expect(JSON.parse(input.json)).toMatchObject([{ model: 'gemini-test', input: 'Where is my order?' }])
  expect(metadata?.note).toBeUndefined()
  expect(given.fake.requests.at(-1)?.text).toContain('Where is my order?')
})

test('an interaction in a replay with another input is seen to differ', async () => {
  given.fake.answer(answered('a'))
  const ask = (input: string) => () => client().interactions.create({ model: 'gemini-test', input })
  await ask('one')()
  const recorded = [...tape.calls]
  const { result, tape: replayed } = await replayCalls(recorded, ask('two'))
  expect(result.id).toBe('a')
  expect(replayed.call.input.json).toBe(recorded[0]?.input.json.replace('one', 'two'))
})

test('attempts at a Request are one span with its input', async () => {
  given.fake.answer(inTurn(failure(503, 'busy', { 'retry-after-ms': '1' }), reset, answered('a')))
  await client().interactions.create({ model: 'gemini-test', input: 'Hi' })
  expect(tape.call).toMatchObject({ status: 'ok', metadata: { attempts: 3 } })
  expect(JSON.parse(tape.call.input.json)).toMatchObject([{ input: 'Hi' }])
})
