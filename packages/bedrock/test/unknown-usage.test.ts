import { ConverseCommand, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime'
import { converseAnswer, json } from '@runtape/testing/bedrock'
import { beforeEach, expect, test } from 'vitest'
import { setUp } from './set-up.ts'

const given = setUp()
const warnings: string[] = []
beforeEach(() => {
  warnings.length = 0
  given.trace({ logger: { warn: message => void warnings.push(message) } })
})

const ask = (modelId: string) =>
  given
    .client()
    .send(new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }))

test('a successful call with unknown usage causes one warning per model and shape', async () => {
  given.fake.answer(json(converseAnswer('Noon.', { usage: { totalTokens: 95 } })))
  for (const model of ['a.b', 'a.b', 'a.c']) await ask(model)
  expect(warnings).toEqual([
    expect.stringContaining('not understood: { totalTokens: number } (bedrock.converse at a.b)'),
    expect.stringContaining('not understood: { totalTokens: number } (bedrock.converse at a.c)'),
  ])
})

test('a call without usage causes a warning, and one with known usage does not', async () => {
  given.fake.answer(json({ answer: 'Noon.' }))
  await given.client().send(new InvokeModelCommand({ modelId: 'a.b', body: '{}' }))
  given.fake.answer(json(converseAnswer('Noon.')))
  await ask('a.d')
  expect(warnings).toEqual([
    expect.stringContaining('A successful call reported no usage (bedrock.invoke-model at a.b).'),
  ])
})
