import Anthropic from '@anthropic-ai/sdk'
import { json, message, question, text } from '@runtape/testing/anthropic'
import { createTracker } from '@runtape/tracker'
import { expect, test } from 'vitest'
import {
  anthropicFetch,
  instrumentAnthropic,
  trackAnthropicMetrics,
  usageFromAnthropic,
} from '../src/index.ts'
import { setUp, tokens } from './set-up.ts'

const given = setUp()
const { tape, raw } = given
const ok = json(message([text('ok')]))

test('instrumenting twice returns the same client, and a derived client records once', async () => {
  given.fake.answer(ok)
  const once = instrumentAnthropic(raw())
  expect(instrumentAnthropic(once)).toBe(once)
  await instrumentAnthropic(once.withOptions({ timeout: 5000 })).messages.create(question)
  expect(tape.calls).toHaveLength(1)
})

test('the original client is unchanged, even if frozen', async () => {
  given.fake.answer(ok)
  const client = Object.freeze(raw())
  await instrumentAnthropic(client).messages.create(question)
  await client.messages.create(question)
  expect(tape.calls).toHaveLength(1)
})

test("a client of an application's class keeps its class", async () => {
  class Own extends Anthropic {}
  given.fake.answer(ok)
  const client = instrumentAnthropic(new Own({ apiKey: 'k', baseURL: given.fake.url }))
  expect(client).toBeInstanceOf(Own)
  await client.messages.create(question)
  expect(tape.calls).toHaveLength(1)
})

test('a subclass with another constructor, whose copy has no tap, is refused', () => {
  class Own extends Anthropic {
    constructor(name: string) {
      super({ apiKey: `key of ${name}` })
    }
  }
  expect(() => instrumentAnthropic(new Own('desk'))).toThrow(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining('another fetch') }),
  )
})

test.each([[{}], [undefined], [{ withOptions: 'no' }]])('%o is refused with the expected type', client => {
  expect(() => instrumentAnthropic(client as never)).toThrow(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining('new Anthropic()') }),
  )
})

test('a fetch for another SDK records messages, and passes other requests', async () => {
  given.fake.answer(ok)
  const fetch = anthropicFetch()
  expect(anthropicFetch(fetch)).toBe(fetch)
  await (
    await fetch(`${given.fake.url}/v1/messages`, { method: 'POST', body: JSON.stringify(question) })
  ).json()
  await (await fetch(`${given.fake.url}/v1/messages`)).json()
  await (await fetch(`${given.fake.url}/v1/messages/batches`, { method: 'POST', body: '{}' })).json()
  expect(tape.calls).toHaveLength(1)
  expect(tape.call).toMatchObject({ usage: tokens })
})

test('trackAnthropicMetrics tracks one call of any client, whole or with the stream helper', async () => {
  given.fake.answer(ok)
  const tracker = createTracker({ sink: tape, configKey: 'test' })
  await trackAnthropicMetrics(tracker, () => raw().messages.create(question))
  expect(tracker.getSummary()).toMatchObject({ tokens, outcome: { status: 'success' } })
})

test('a failure is tracked and rethrown', async () => {
  const tracker = createTracker({ sink: tape, configKey: 'test' })
  const broken = new Error('down')
  await expect(trackAnthropicMetrics(tracker, () => Promise.reject(broken))).rejects.toBe(broken)
  expect(tracker.getSummary()).toMatchObject({ outcome: { status: 'error' } })
  expect(usageFromAnthropic({})).toBeUndefined()
})
