// What the hosts answer, in their own formats.

const usage = {
  ...{ prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 },
  prompt_tokens_details: { cached_tokens: 8, audio_tokens: 2 },
  completion_tokens_details: { reasoning_tokens: 4, audio_tokens: 1 },
}
const choice = (index: number, content: string) => ({
  index,
  message: { role: 'assistant', content },
  finish_reason: 'stop',
})

export const completion = {
  ...{ id: 'chatcmpl-1', object: 'chat.completion', model: 'gpt-4o-2024-08-06', usage },
  choices: [choice(0, '{}'), choice(1, '[]')],
}

const chunk = (delta: object, finish_reason: string | null) => ({
  ...{ id: 'chatcmpl-2', object: 'chat.completion.chunk', model: 'gpt-4o-2024-08-06' },
  choices: [{ index: 0, delta, finish_reason }],
})
export const chunks = [
  chunk({ role: 'assistant', content: 'So' }, null),
  chunk({ content: 'on.' }, 'stop'),
  { ...chunk({}, null), choices: [], usage },
]

export const response = {
  ...{ id: 'resp-1', object: 'response', status: 'completed', model: 'gpt-5-2025-08-07' },
  output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Soon.' }] }],
  usage: { input_tokens: 20, output_tokens: 9, total_tokens: 29 },
}

export const embedding = {
  ...{ object: 'list', model: 'text-embedding-3-small' },
  data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
  usage: { prompt_tokens: 2, total_tokens: 2 },
}

export const message = {
  ...{ id: 'msg-1', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5', stop_reason: 'end_turn' },
  content: [{ type: 'text', text: 'Soon.' }],
  usage: {
    ...{ input_tokens: 4, output_tokens: 9 },
    ...{ cache_read_input_tokens: 8, cache_creation_input_tokens: 3 },
  },
}

export const converse = {
  output: { message: { role: 'assistant', content: [{ text: 'Soon.' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 20, outputTokens: 9, totalTokens: 29 },
}

export const generated = {
  ...{ responseId: 'gen-1', modelVersion: 'gemini-3-pro' },
  candidates: [{ content: { role: 'model', parts: [{ text: 'Soon.' }] }, finishReason: 'STOP' }],
  usageMetadata: {
    ...{ promptTokenCount: 20, candidatesTokenCount: 9, totalTokenCount: 29 },
    promptTokensDetails: [
      { modality: 'TEXT', tokenCount: 5 },
      { modality: 'IMAGE', tokenCount: 10 },
      { modality: 'VIDEO', tokenCount: 5 },
    ],
  },
}
