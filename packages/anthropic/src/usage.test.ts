import { expect, test } from 'vitest'
import { usageFromAnthropic } from './usage.ts'

const own = { input_tokens: 20, output_tokens: 9 }
const entry = (type: string, input_tokens: number, output_tokens: number, model?: string) => ({
  type,
  input_tokens,
  output_tokens,
  cache_read_input_tokens: 0,
  ...(model && { model }),
})

test.each<[string, object | null, object | undefined]>([
  ['only input and output', own, { input: 20, output: 9, total: 29 }],
  [
    'cache reads, both kinds of cache writes, and thoughts',
    {
      ...own,
      cache_read_input_tokens: 16,
      cache_creation_input_tokens: 12,
      cache_creation: { ephemeral_5m_input_tokens: 8, ephemeral_1h_input_tokens: 4 },
      output_tokens_details: { thinking_tokens: 4 },
    },
    { input: 48, output: 9, total: 57, cachedInput: 16, cacheWrite: 12, cacheWrite1h: 4, reasoning: 4 },
  ],
  [
    'nulls, which mean unknown',
    { ...own, cache_read_input_tokens: null, cache_creation_input_tokens: null, cache_creation: null },
    { input: 20, output: 9, total: 29 },
  ],
  [
    'zeros, which mean none',
    { ...own, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
    { input: 20, output: 9, total: 29, cachedInput: 0, cacheWrite: 0 },
  ],
  [
    'one-hour writes that grew after their parts were reported',
    {
      ...own,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 12 },
    },
    { input: 50, output: 9, total: 59, cacheWrite: 30, cacheWrite1h: 30 },
  ],
  [
    'impossible parts next to valid ones',
    {
      ...own,
      cache_creation_input_tokens: 12,
      cache_creation: { ephemeral_5m_input_tokens: 8, ephemeral_1h_input_tokens: 40 },
      output_tokens_details: { thinking_tokens: -1 },
    },
    { input: 32, output: 9, total: 41, cacheWrite: 12 },
  ],
  [
    'writes with parts but no total',
    { ...own, cache_creation: { ephemeral_5m_input_tokens: 8, ephemeral_1h_input_tokens: 4 } },
    { input: 32, output: 9, total: 41, cacheWrite: 12, cacheWrite1h: 4 },
  ],
  [
    'an invalid cache count, which makes the input unknown',
    { ...own, cache_read_input_tokens: -4 },
    undefined,
  ],
  [
    'a compaction, which is added',
    { ...own, iterations: [entry('compaction', 100, 5), entry('message', 20, 9)] },
    { input: 120, output: 14, total: 134, cachedInput: 0 },
  ],
  [
    'an advisor of another model, which counts in the total only',
    { ...own, iterations: [entry('message', 20, 9), entry('advisor_message', 300, 50, 'other')] },
    { input: 20, output: 9, total: 379 },
  ],
  [
    'a model that declined before another served, outside the reported usage',
    { ...own, iterations: [entry('message', 15, 1, 'first'), entry('fallback_message', 20, 9, 'second')] },
    { input: 20, output: 9, total: 45 },
  ],
  [
    'a model that declined before another served, inside the reported usage',
    { ...own, iterations: [entry('message', 15, 1, 'first'), entry('fallback_message', 5, 8, 'second')] },
    { input: 20, output: 9, total: 29 },
  ],
  [
    'turns of server tools, which are included',
    { ...own, iterations: [entry('message', 8, 4), entry('message', 12, 5)] },
    { input: 20, output: 9, total: 29 },
  ],
  ['no output: a token count before a message', { input_tokens: 20 }, undefined],
  ['no input', { output_tokens: 9 }, undefined],
  ['invalid counts', { input_tokens: 1.5, output_tokens: 9 }, undefined],
  ['zeros alone', { input_tokens: 0, output_tokens: 0 }, undefined],
  ['nothing', null, undefined],
])('%s', (_, told, usage) => {
  expect(usageFromAnthropic(told)).toEqual(usage)
})

test('an impossible part is left out, and the sums are kept', () => {
  const told = { input_tokens: 5, output_tokens: 2, output_tokens_details: { thinking_tokens: 9 } }
  expect(usageFromAnthropic(told)).toEqual({ input: 5, output: 2, total: 7 })
})
