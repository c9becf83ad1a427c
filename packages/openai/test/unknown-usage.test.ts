import { replayCalls } from '@runtape/testing'
import { completion, failure, json, stream, textChunks } from '@runtape/testing/openai'
import { traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import { describe, expect, test, vi } from 'vitest'
import { trackOpenAIMetrics } from '../src/index.ts'
import { setUpWarned } from './warned-usage.ts'

const { given, warnings, messages, ask, told, host } = setUpWarned()
const rest =
  'The bill shows its run with unknown usage and no price for it. Make the host report usage, or count it yourself: tracker.trackTokens({ input, output, total }).'

describe('a successful call whose usage is not understood', () => {
  test('causes one warning per host and shape, with the reported field names', async () => {
    given.fake.answer(told({ tokens_in: 71_111, tokens_out: null, unit: 'kilo' }))
    await ask()
    await ask()
    given.fake.answer(told({ prompt_tokens: -1, completion_tokens: 3 }))
    await ask()
    const start = 'A successful call reported usage in a form that is not understood:'
    expect(warnings).toEqual([
      `${start} { tokens_in: number, tokens_out: null, unit: string } (openai.chat.completions at ${host()}). ${rest}`,
      `${start} { prompt_tokens: not a whole number, completion_tokens: number } (openai.chat.completions at ${host()}). ${rest}`,
    ])
  })

  test('or is missing causes a warning, streamed too', async () => {
    const { usage: _, ...silent } = completion('Noon.') as { usage: unknown }
    given.fake.answer(json(silent))
    await ask()
    given.fake.answer(json({ object: 'list', data: [{ embedding: [1] }], model: 'e' }))
    await given.client().embeddings.create({ model: 'e', input: 'Noon', encoding_format: 'float' })
    expect(warnings).toEqual([
      `A successful call reported no usage (openai.chat.completions at ${host()}). ${rest}`,
      `A successful call reported no usage (openai.embeddings at ${host()}). ${rest}`,
    ])
  })

  test('causes none if the call failed, is understood, or has an endpoint without tokens', async () => {
    given.fake.answer(failure(400, 'no'))
    await ask().catch(() => {})
    given.fake.answer(stream(...textChunks('Noon.')))
    for await (const _ of await given
      .client()
      .chat.completions.create({ model: 'gpt-test', messages, stream: true }));
    given.fake.answer(json({ id: 'm', model: 'm', results: [] }))
    await given.client().moderations.create({ input: 'Noon' })
    expect(warnings).toEqual([])
  })

  test('causes no warning in a replay', async () => {
    given.fake.answer(told({ units: 5 }))
    await ask()
    warnings.length = 0
    const { call } = given.tape
    await replayCalls([call], traced('test.ask', ask))
    expect(warnings).toEqual([])
  })

  test('causes a warning if trackOpenAIMetrics reads the answer', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    given.fake.answer(told({ billed_units: 5 }))
    const sink = { append: () => {}, flush: async () => {}, close: async () => {} }
    const answer = () => given.raw().chat.completions.create({ model: 'gpt-test', messages })
    await trackOpenAIMetrics(createTracker({ sink, configKey: 'test' }), answer)
    expect(warn.mock.calls).toEqual([[expect.stringContaining('not understood: { billed_units: number }')]])
    warn.mockRestore()
  })
})
