import { readWithDoubts } from '@runtape/provider'
import { describe, expect, test } from 'vitest'
import { usageFromOpenAI } from './usage.ts'

function readUsage(told: unknown) {
  const { value: usage, doubts } = readWithDoubts(() => usageFromOpenAI(told))
  return usage ? { usage, doubts } : { doubts }
}

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

test('audio: each modality is a part, and so is its cached share', () => {
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

test('a missing total is the sum of input and output', () => {
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
])('%j has no usage', usage => {
  expect(usageFromOpenAI(usage)).toBeUndefined()
})

describe('OpenAI-compatible hosts', () => {
  test.each([
    [
      'reasoning outside the output',
      {
        prompt_tokens: 32,
        completion_tokens: 9,
        total_tokens: 135,
        completion_tokens_details: { reasoning_tokens: 94 },
      },
      { input: 32, output: 103, total: 135, reasoning: 94 },
    ],
    [
      'reasoning inside the output',
      {
        prompt_tokens: 32,
        completion_tokens: 103,
        total_tokens: 135,
        completion_tokens_details: { reasoning_tokens: 94 },
      },
      { input: 32, output: 103, total: 135, reasoning: 94 },
    ],
    [
      'cached tokens outside the input',
      {
        prompt_tokens: 20,
        completion_tokens: 5,
        total_tokens: 1325,
        cache_read_input_tokens: 1000,
        cache_creation_input_tokens: 300,
      },
      { input: 1320, output: 5, total: 1325, cachedInput: 1000, cacheWrite: 300 },
    ],
    [
      "Anthropic's usage, handed on",
      {
        input_tokens: 20,
        output_tokens: 5,
        cache_read_input_tokens: 1000,
        cache_creation_input_tokens: 0,
      },
      { input: 1020, output: 5, total: 1025, cachedInput: 1000, cacheWrite: 0 },
    ],
    [
      'both outside',
      { prompt_tokens: 20, completion_tokens: 5, total_tokens: 132, cached_tokens: 100, reasoning_tokens: 7 },
      { input: 120, output: 12, total: 132, cachedInput: 100, reasoning: 7 },
    ],
    [
      'cached tokens at the top level',
      { prompt_tokens: 19, completion_tokens: 13, total_tokens: 32, cached_tokens: 10 },
      { input: 19, output: 13, total: 32, cachedInput: 10 },
    ],
    [
      'cache hits',
      {
        prompt_tokens: 200,
        completion_tokens: 9,
        total_tokens: 209,
        prompt_cache_hit_tokens: 128,
        prompt_cache_miss_tokens: 72,
      },
      { input: 200, output: 9, total: 209, cachedInput: 128 },
    ],
    [
      'reasoning at the top level',
      { prompt_tokens: 24, completion_tokens: 36, total_tokens: 60, reasoning_tokens: 30 },
      { input: 24, output: 36, total: 60, reasoning: 30 },
    ],
    [
      'a total of zero',
      { prompt_tokens: 5, completion_tokens: 2, total_tokens: 0 },
      { input: 5, output: 2, total: 7 },
    ],
    [
      'one-hour cache writes',
      {
        prompt_tokens: 90,
        completion_tokens: 4,
        cache_creation_input_tokens: 80,
        cache_creation: { ephemeral_5m_input_tokens: 50, ephemeral_1h_input_tokens: 30 },
      },
      { input: 90, output: 4, total: 94, cacheWrite: 80, cacheWrite1h: 30 },
    ],
  ])('%s', (_what, told, usage) => {
    expect(readUsage(told)).toEqual({ usage, doubts: [] })
  })

  test('keep the sums if nothing explains a larger total', () => {
    expect(readUsage({ prompt_tokens: 7, completion_tokens: 4, total_tokens: 52 })).toEqual({
      usage: { input: 7, output: 4, total: 52 },
      doubts: ['total (52) is more than the sum of its parts (11)'],
    })
  })

  test.each([
    [
      'a part that is not a count',
      { prompt_tokens_details: { cached_tokens: -1, audio_tokens: 4 } },
      { inputAudio: 4 },
      'cachedInput (-1) is not a token count',
    ],
    [
      'half a token',
      { completion_tokens_details: { reasoning_tokens: 0.5 } },
      {},
      'reasoning (0.5) is not a token count',
    ],
    [
      'more cached tokens than input',
      { prompt_tokens_details: { cached_tokens: 64 } },
      {},
      'cachedInput (64) is more than input (10)',
    ],
    [
      'more reasoning than output',
      { completion_tokens_details: { reasoning_tokens: 9 } },
      {},
      'reasoning (9) is more than output (5)',
    ],
  ])('keep the consistent parts: %s', (_what, told, subsets, doubt) => {
    const usage = { input: 10, output: 5, total: 15, ...subsets }
    expect(readUsage({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, ...told })).toEqual({
      usage,
      doubts: [doubt],
    })
  })
})
