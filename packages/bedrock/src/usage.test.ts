import { expect, test } from 'vitest'
import { usageFromBedrock } from './usage.ts'

test('Converse: cache reads and cache writes are part of the input', () => {
  const usage = {
    inputTokens: 20,
    outputTokens: 9,
    totalTokens: 109,
    cacheReadInputTokens: 64,
    cacheWriteInputTokens: 16,
    cacheDetails: [{ ttl: '5m', inputTokens: 16 }],
  }
  expect(usageFromBedrock(usage)).toEqual({
    input: 100,
    output: 9,
    total: 109,
    cachedInput: 64,
    cacheWrite: 16,
  })
})

test.each([
  ['a stream of InvokeModel', { inputTokenCount: 5, outputTokenCount: 2, invocationLatency: 9 }],
  ['Anthropic', { input_tokens: 5, output_tokens: 2 }],
  ['Llama', { prompt_token_count: 5, generation_token_count: 2 }],
  ['Titan', { inputTextTokenCount: 5, totalOutputTextTokenCount: 2 }],
  ['OpenAI', { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 }],
])('%s', (_, usage) => {
  expect(usageFromBedrock(usage)).toEqual({ input: 5, output: 2, total: 7 })
})

test('embeddings have no output', () => {
  expect(usageFromBedrock({ inputTextTokenCount: 5 })).toEqual({ input: 5, output: 0, total: 5 })
})

test('a cache without a hit counts as zero', () => {
  const usage = { inputTokens: 5, outputTokens: 2, cacheReadInputTokens: 0, cacheWriteInputTokens: null }
  expect(usageFromBedrock(usage)).toEqual({ input: 5, output: 2, total: 7, cachedInput: 0 })
})

test.each([
  [undefined],
  [null],
  ['12'],
  [{}],
  [{ outputTokens: 3 }],
  [{ inputTokens: -1, outputTokens: 2 }],
  [{ inputTokens: 0.5, outputTokens: 2 }],
  [{ inputTokens: 0, outputTokens: 0, totalTokens: 0 }],
])('%j has no usage', usage => {
  expect(usageFromBedrock(usage)).toBeUndefined()
})

test('an invalid cache count that would be added to the input means no usage', () => {
  expect(usageFromBedrock({ inputTokens: 5, outputTokens: 2, cacheReadInputTokens: -1 })).toBeUndefined()
})
