import { GoogleGenAI } from '@google/genai'
import { chunks, collect, generated, json, question, stream, text } from '@runtape/testing/google'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test } from 'vitest'
import { googleFetch, instrumentGoogle, trackGoogleMetrics } from '../src/index.ts'
import { google1 } from './sdks.ts'
import { setUp, tokens } from './set-up.ts'

const given = setUp()
const { tape, raw } = given
const ok = json(generated([text('ok')]))

test('instrumenting returns the same client, and twice records once', async () => {
  given.fake.answer(ok)
  const client = raw()
  expect(instrumentGoogle(instrumentGoogle(client))).toBe(client)
  await client.models.generateContent(question)
  expect(tape.calls).toHaveLength(1)
})

test('a request with its own fetch is recorded once, and is sent by that fetch', async () => {
  given.fake.answer(ok)
  const used: string[] = []
  const fetch: typeof globalThis.fetch = (input, init) => {
    used.push(String(input))
    return globalThis.fetch(input, init)
  }
  const client = instrumentGoogle(raw())
  await client.models.generateContent({ ...question, config: { httpOptions: { fetch } } })
  given.fake.answer(stream(...chunks(text('a'), text('b'))))
  await collect(
    await client.models.generateContentStream({ ...question, config: { httpOptions: { fetch } } }),
  )
  expect(used).toHaveLength(2)
  expect(tape.calls.map(({ usage }) => usage)).toEqual([tokens, tokens])
})

test('a fetch for the constructor records, also with instrumentGoogle', async () => {
  given.fake.answer(ok)
  const fetch = googleFetch()
  expect(googleFetch(fetch)).toBe(fetch)
  await raw({ httpOptions: { fetch } }).models.generateContent(question)
  await instrumentGoogle(raw({ httpOptions: { fetch } })).models.generateContent(question)
  expect(tape.calls).toHaveLength(2)
})

describe('is refused with the next step', () => {
  const refusal = (reason: string) =>
    expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(reason) })

  test('a client of a version without the fetch option', () => {
    const client = new google1.GoogleGenAI({ apiKey: 'k' })
    expect(() => instrumentGoogle(client)).toThrow(refusal('its version does not accept a fetch'))
    expect(() => instrumentGoogle(client)).toThrow(/@runtape\/google\/auto/)
  })

  test('a client whose options are frozen', () => {
    const client = raw()
    const { apiClient } = client as unknown as { apiClient: { clientOptions: { httpOptions: object } } }
    Object.freeze(apiClient.clientOptions.httpOptions)
    expect(() => instrumentGoogle(client)).toThrow(refusal('its fetch cannot be set'))
  })

  test('a client whose interactions were already used, and so have their fetch', async () => {
    given.fake.answer(json({ id: 'i', status: 'completed', steps: [] }))
    const client = raw()
    await client.interactions.create({ model: 'm', input: 'Hi' })
    expect(() => instrumentGoogle(client)).toThrow(refusal('its interactions were already used'))
  })

  test.each([[{}], [undefined], [{ models: {} }], [{ apiClient: {} }]])('%o', client => {
    expect(() => instrumentGoogle(client as never)).toThrow(refusal('new GoogleGenAI('))
  })
})

test("the Live API's client is unchanged", () => {
  const client = instrumentGoogle(raw())
  expect(client.live.constructor.name).toBe('Live')
  expect(client).toBeInstanceOf(GoogleGenAI)
})

test('trackGoogleMetrics tracks one call of any client, and a failure', async () => {
  given.fake.answer(ok)
  const tracker = createTracker({ sink: tape, configKey: 'test' })
  await trackGoogleMetrics(tracker, () => raw().models.generateContent(question))
  expect(tracker.getSummary()).toMatchObject({ tokens, outcome: { status: 'success' } })
  const failing = createTracker({ sink: tape, configKey: 'test' })
  const broken = new Error('down')
  await expect(trackGoogleMetrics(failing, () => Promise.reject(broken))).rejects.toBe(broken)
  expect(failing.getSummary()).toMatchObject({ outcome: { status: 'error' } })
})
