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

test('audio: each modality is a part, and so is what of it was cached', () => {
  const usage = {
    total_tokens: 300,
    input_tokens: 200,
    output_tokens: 100,
    input_token_details: {
      cached_tokens: 64,
      text_tokens: 50,
      audio_tokens: 150,
      cached_tokens_details: { text_tokens: 64, audio_tokens: 0 },
    },
    output_token_details: { text_tokens: 20, audio_tokens: 80 },
  }
  const subsets = { cachedInput: 64, inputAudio: 150, outputAudio: 80, cachedInputAudio: 0 }
  expect(usageFromOpenAI(usage)).toEqual({ input: 200, output: 100, total: 300, ...subsets })
})

test('images', () => {
  const usage = {
    input_tokens: 50,
    output_tokens: 4160,
    total_tokens: 4210,
    input_tokens_details: { text_tokens: 10, image_tokens: 40 },
  }
  expect(usageFromOpenAI(usage)).toEqual({ input: 50, output: 4160, total: 4210, inputImage: 40 })
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
