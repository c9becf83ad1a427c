import { expect, test } from 'vitest'
import { usageFromOpenAI } from './usage.ts'

test('a chat completion: input includes cached tokens, output includes reasoning', () => {
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 40,
    total_tokens: 140,
    prompt_tokens_details: { cached_tokens: 64, cache_write_tokens: 8, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 30 },
  }
  const subsets = { cachedInput: 64, cacheWrite: 8, reasoning: 30 }
  expect(usageFromOpenAI(usage)).toEqual({ input: 100, output: 40, total: 140, ...subsets })
})

test('a response', () => {
  const usage = {
    input_tokens: 100,
    output_tokens: 40,
    total_tokens: 140,
    input_tokens_details: { cached_tokens: 64 },
    output_tokens_details: { reasoning_tokens: 0 },
  }
  expect(usageFromOpenAI(usage)).toEqual({
    input: 100,
    output: 40,
    total: 140,
    cachedInput: 64,
    reasoning: 0,
  })
})

test('embeddings have no output', () => {
  expect(usageFromOpenAI({ prompt_tokens: 5, total_tokens: 5 })).toEqual({ input: 5, output: 0, total: 5 })
})

test('a total that is not told is the sum', () => {
  expect(usageFromOpenAI({ prompt_tokens: 5, completion_tokens: 2 })).toEqual({
    input: 5,
    output: 2,
    total: 7,
  })
})

test.each([
  [undefined],
  [null],
  ['12'],
  [{}],
  [{ completion_tokens: 3 }],
  [{ prompt_tokens: -1, completion_tokens: 2 }],
  [{ prompt_tokens: 0.5, completion_tokens: 2 }],
  [{ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }],
])('%j tells no usage', usage => {
  expect(usageFromOpenAI(usage)).toBeUndefined()
})
