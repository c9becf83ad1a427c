import { named, type Reply, send, type TypedEvent } from '@runtape/testing/openai'

const usage = {
  input_tokens: 20,
  cache_creation_input_tokens: 30,
  cache_read_input_tokens: 16,
  cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
  output_tokens: 9,
  service_tier: 'standard',
}

/** A message in Anthropic's wire format. */
export const message = (content: readonly object[], more: object = {}): object => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-test-2026',
  content,
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage,
  ...more,
})

/** The events of a streamed message with these texts. */
const messageEvents = (...parts: string[]): TypedEvent[] => [
  {
    type: 'message_start',
    message: { ...message([]), stop_reason: null, usage: { ...usage, output_tokens: 1 } },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ...parts.map(text => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
  { type: 'content_block_stop', index: 0 },
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 9 },
  },
  { type: 'message_stop' },
]

export const streamMessage =
  (...parts: string[]): Reply =>
  reply =>
    send(reply, messageEvents(...parts).map(named))
