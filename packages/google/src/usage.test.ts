import { expect, test } from 'vitest'
import { usageFromGoogle } from './usage.ts'

const details = (counts: Record<string, number>) =>
  Object.entries(counts).map(([modality, tokenCount]) => ({ modality, tokenCount }))

test.each<[string, object | null, object | undefined]>([
  [
    'an answer',
    { promptTokenCount: 12, candidatesTokenCount: 3, totalTokenCount: 15 },
    { input: 12, output: 3, total: 15 },
  ],
  [
    "thoughts outside the answer's count",
    { promptTokenCount: 12, candidatesTokenCount: 3, thoughtsTokenCount: 40, totalTokenCount: 55 },
    { input: 12, output: 43, total: 55, reasoning: 40 },
  ],
  [
    "thoughts inside the answer's count, according to the total",
    { promptTokenCount: 12, candidatesTokenCount: 43, thoughtsTokenCount: 40, totalTokenCount: 55 },
    { input: 12, output: 43, total: 55, reasoning: 40 },
  ],
  [
    'tool results outside the prompt',
    {
      promptTokenCount: 80,
      toolUsePromptTokenCount: 237,
      candidatesTokenCount: 173,
      thoughtsTokenCount: 60,
      totalTokenCount: 550,
    },
    { input: 317, output: 233, total: 550, reasoning: 60 },
  ],
  [
    'tool results inside the prompt, according to the total',
    {
      promptTokenCount: 317,
      toolUsePromptTokenCount: 237,
      candidatesTokenCount: 173,
      thoughtsTokenCount: 60,
      totalTokenCount: 550,
    },
    { input: 317, output: 233, total: 550, reasoning: 60 },
  ],
  [
    'no total',
    { promptTokenCount: 12, candidatesTokenCount: 3, thoughtsTokenCount: 4 },
    { input: 12, output: 7, total: 19, reasoning: 4 },
  ],
  [
    'a total larger than its named parts',
    { promptTokenCount: 12, candidatesTokenCount: 3, totalTokenCount: 20 },
    { input: 12, output: 3, total: 20 },
  ],
  ['a prompt only, as for an embedding', { promptTokenCount: 6 }, { input: 6, output: 0, total: 6 }],
  [
    'cached content with audio and images',
    {
      promptTokenCount: 100,
      candidatesTokenCount: 5,
      totalTokenCount: 105,
      cachedContentTokenCount: 60,
      promptTokensDetails: details({ TEXT: 30, AUDIO: 40, IMAGE: 30 }),
      cacheTokensDetails: details({ TEXT: 20, AUDIO: 40 }),
    },
    {
      input: 100,
      output: 5,
      total: 105,
      cachedInput: 60,
      inputAudio: 40,
      inputImage: 30,
      cachedInputAudio: 40,
      cachedInputImage: 0,
    },
  ],
  [
    'video input and image output',
    {
      promptTokenCount: 100,
      candidatesTokenCount: 1290,
      totalTokenCount: 1390,
      promptTokensDetails: details({ TEXT: 10, VIDEO: 90 }),
      candidatesTokensDetails: details({ IMAGE: 1290 }),
    },
    { input: 100, output: 1290, total: 1390, inputVideo: 90, outputImage: 1290 },
  ],
  [
    'an interaction',
    {
      total_input_tokens: 20,
      total_output_tokens: 5,
      total_thought_tokens: 4,
      total_cached_tokens: 8,
      total_tokens: 29,
      input_tokens_by_modality: [{ modality: 'audio', tokens: 12 }],
    },
    { input: 20, output: 9, total: 29, cachedInput: 8, reasoning: 4, inputAudio: 12 },
  ],
  [
    'the Live API’s name for the answer',
    { promptTokenCount: 6, responseTokenCount: 2, totalTokenCount: 8 },
    { input: 6, output: 2, total: 8 },
  ],
  [
    'impossible parts next to valid ones',
    {
      promptTokenCount: 12,
      candidatesTokenCount: 3,
      thoughtsTokenCount: -1,
      totalTokenCount: 15,
      cachedContentTokenCount: 40,
      promptTokensDetails: details({ AUDIO: 40, IMAGE: -1 }),
      candidatesTokensDetails: details({ IMAGE: 2 }),
    },
    { input: 12, output: 3, total: 15, outputImage: 2 },
  ],
  ['no prompt', { candidatesTokenCount: 3 }, undefined],
  ['invalid counts', { promptTokenCount: -1 }, undefined],
  ['nothing', null, undefined],
])('%s', (_, told, usage) => {
  expect(usageFromGoogle(told)).toEqual(usage)
})
