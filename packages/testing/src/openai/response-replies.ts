import type { Reply } from '../host/fake-host.ts'
import { usage as chatUsage, send } from './replies.ts'

const responseUsage = {
  input_tokens: chatUsage.prompt_tokens,
  input_tokens_details: { cached_tokens: 16 },
  output_tokens: chatUsage.completion_tokens,
  output_tokens_details: { reasoning_tokens: 4 },
  total_tokens: chatUsage.total_tokens,
}

const item = (text: string) => ({
  id: 'msg_1',
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
})

/** An event with its type. */
export interface TypedEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** A response of the Responses API with this text, in the service's format; `more` overrides its fields. */
export const response = (text: string, more: object = {}): object => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1_760_000_000,
  status: 'completed',
  error: null,
  incomplete_details: null,
  model: 'gpt-test-2026',
  output: [item(text)],
  parallel_tool_calls: true,
  tools: [],
  usage: responseUsage,
  ...more,
})

/** The events of a streamed response with these texts; `last` overrides fields of the whole response at its end. */
export function responseEvents(parts: readonly string[], last: object = {}): string[] {
  const text = parts.join('')
  const at = { item_id: 'msg_1', output_index: 0, content_index: 0 }
  const empty = { ...item(''), status: 'in_progress', content: [] }
  const whole = response(text, last)
  const started = response('', { status: 'in_progress', output: [], usage: null })
  const type = `response.${(whole as { status: string }).status}`
  return [
    { type: 'response.created', response: started },
    { type: 'response.in_progress', response: started },
    { type: 'response.output_item.added', output_index: 0, item: empty },
    { type: 'response.content_part.added', ...at, part: { type: 'output_text', text: '', annotations: [] } },
    ...parts.map(delta => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.output_item.done', output_index: 0, item: item(text) },
    { type, response: whole },
  ].map((event, sequence_number) => named({ ...event, sequence_number }))
}

/** The text of an event, as all endpoints except completions send it. */
export const named = (event: TypedEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`

/** Streams a response with these texts. */
export const streamResponse =
  (...parts: string[]): Reply =>
  reply =>
    send(reply, responseEvents(parts))

/** Sends these named events. */
export const sendEvents =
  (...events: TypedEvent[]): Reply =>
  reply =>
    send(reply, events.map(named))
