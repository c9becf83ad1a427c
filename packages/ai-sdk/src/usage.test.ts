import { describe, expect, test } from 'vitest'
import { usageFromAiSdk } from './usage.ts'

const raw = { input_tokens: 20, cache_creation: { ephemeral_1h_input_tokens: 20 }, output_tokens: 9 }

describe('the usage of a model', () => {
  test('of V3 and V4 has its parts', () => {
    const usage = {
      inputTokens: { total: 66, noCache: 20, cacheRead: 16, cacheWrite: 30 },
      outputTokens: { total: 9, text: 5, reasoning: 4 },
      raw,
    }
    expect(usageFromAiSdk(usage)).toEqual({
      ...{ input: 66, output: 9, total: 75 },
      ...{ cachedInput: 16, cacheWrite: 30, cacheWrite1h: 20, reasoning: 4 },
    })
  })

  test('of V2 has its parts', () => {
    const usage = {
      inputTokens: 20,
      outputTokens: 9,
      totalTokens: 29,
      reasoningTokens: 4,
      cachedInputTokens: 16,
    }
    expect(usageFromAiSdk(usage)).toEqual({ input: 20, output: 9, total: 29, cachedInput: 16, reasoning: 4 })
  })

  test.each([
    [
      'Anthropic',
      { anthropic: { usage: { ...raw, cache_creation_input_tokens: 30 } } },
      { cacheWrite1h: 20 },
    ],
    ['Bedrock', { bedrock: { usage: { cacheWriteInputTokens: 30 } } }, {}],
  ])('of V2 counts the cache of %s in its input', (_, metadata, more) => {
    const usage = { inputTokens: 20, outputTokens: 9, totalTokens: 29, cachedInputTokens: 16 }
    const tokens = { input: 66, output: 9, total: 75, cachedInput: 16, cacheWrite: 30 }
    expect(usageFromAiSdk(usage, metadata)).toEqual({ ...tokens, ...more })
  })

  test('of V2 in a newer SDK counts the cache of Anthropic in its input', () => {
    const usage = { inputTokens: { total: 20, cacheRead: 16 }, outputTokens: { total: 9 } }
    const metadata = { anthropic: { usage: { ...raw, cache_creation_input_tokens: 30 } } }
    const tokens = { input: 66, output: 9, total: 75, cachedInput: 16, cacheWrite: 30, cacheWrite1h: 20 }
    expect(usageFromAiSdk(usage, metadata)).toEqual(tokens)
  })

  test('whose total has reasoning outside the output gets it in the output', () => {
    const usage = { inputTokens: 20, outputTokens: 5, totalTokens: 29, reasoningTokens: 4 }
    expect(usageFromAiSdk(usage)).toEqual({ input: 20, output: 9, total: 29, reasoning: 4 })
  })

  test('of a result of generateText has its parts', () => {
    const usage = {
      inputTokens: 66,
      inputTokenDetails: { noCacheTokens: 20, cacheReadTokens: 16, cacheWriteTokens: 30 },
      outputTokens: 9,
      outputTokenDetails: { textTokens: 5, reasoningTokens: 4 },
      totalTokens: 75,
      cachedInputTokens: 16,
      raw,
    }
    expect(usageFromAiSdk(usage, { anthropic: { usage: raw } })).toEqual({
      ...{ input: 66, output: 9, total: 75 },
      ...{ cachedInput: 16, cacheWrite: 30, cacheWrite1h: 20, reasoning: 4 },
    })
  })

  test('of an embedding is all input', () => {
    expect(usageFromAiSdk({ tokens: 4 })).toEqual({ input: 4, output: 0, total: 4 })
  })

  test.each([
    [undefined],
    [null],
    [{}],
    ['12'],
    [{ tokens: Number.NaN }],
    [{ inputTokens: undefined, outputTokens: 3, totalTokens: undefined }],
    [{ inputTokens: 3, outputTokens: undefined, totalTokens: 3 }],
    [{ inputTokens: { total: undefined }, outputTokens: { total: 3 } }],
    [{ inputTokens: { total: 3 }, outputTokens: { total: 0 }, raw: { prompt_tokens: 3 } }],
    [{ inputTokens: { total: 0 }, outputTokens: { total: 3 }, raw: { completion_tokens: 3 } }],
    [{ inputTokens: 1.5, outputTokens: 3 }],
    [{ inputTokens: -1, outputTokens: 3 }],
  ])('%o is unknown', usage => {
    expect(usageFromAiSdk(usage)).toBeUndefined()
  })

  test('with an output of 0 tokens is known if its host says 0', () => {
    const usage = {
      inputTokens: { total: 3 },
      outputTokens: { total: 0 },
      raw: { prompt_tokens: 3, completion_tokens: 0 },
    }
    expect(usageFromAiSdk(usage)).toEqual({ input: 3, output: 0, total: 3 })
  })
})
