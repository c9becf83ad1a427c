import type { Reply } from '../host/fake-host.ts'
import { type Headers, streamReplies } from '../host/replies.ts'

const model = 'claude-test-2026'

/** The headers of every answer. */
const always = { 'request-id': 'req_011Test', 'anthropic-organization-id': 'org-1' }

/** Answers with JSON, formatted like the real service. */
export const json =
  (body: unknown, status = 200, headers: Headers = {}): Reply =>
  response => {
    response.writeHead(status, { 'content-type': 'application/json', ...always, ...headers })
    response.end(JSON.stringify(body))
  }

/** Answers with an error in the service's format. */
export const failure = (status: number, message: string, headers: Headers = {}): Reply =>
  json(
    { type: 'error', error: { type: errorTypes[status] ?? 'api_error', message }, request_id: 'req_011Test' },
    status,
    headers,
  )

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}

/** The usage in every answer here: 20 uncached input tokens, 16 read from the cache, 8 cached for five minutes, 4 for an hour. */
export const usage = {
  input_tokens: 20,
  cache_creation_input_tokens: 12,
  cache_read_input_tokens: 16,
  cache_creation: { ephemeral_5m_input_tokens: 8, ephemeral_1h_input_tokens: 4 },
  output_tokens: 9,
  output_tokens_details: { thinking_tokens: 4 },
  service_tier: 'standard',
}

/** A block of text. */
export const text = (words: string): object => ({ type: 'text', text: words })

/** A block that calls a tool. */
export const toolUse = (id: string, name: string, input: object): object => ({
  type: 'tool_use',
  id,
  name,
  input,
})

/** A message of these blocks; `more` overrides its fields. */
export const message = (content: readonly object[], more: object = {}): object => ({
  id: 'msg_01Test',
  type: 'message',
  role: 'assistant',
  model,
  content,
  stop_reason: content.some(block => (block as { type?: string }).type === 'tool_use')
    ? 'tool_use'
    : 'end_turn',
  stop_sequence: null,
  usage,
  ...more,
})

/** An event with its type. */
export interface NamedEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** The text of an event. Like the service, it pads some with spaces within the JSON. */
export function event(one: NamedEvent, lineEnd = '\n'): string {
  const data = JSON.stringify(one)
  const padded = `${data.slice(0, -1)}${' '.repeat(data.length % 9)}}`
  return `event: ${one.type}${lineEnd}data: ${padded}${lineEnd}${lineEnd}`
}

/** The event that the service sends in between to keep the connection alive. */
export const ping: string = 'event: ping\ndata: {"type": "ping"}\n\n'

/** The first event: the message without its content, with input usage and one output token. */
export const started = (more: object = {}): NamedEvent => ({
  type: 'message_start',
  message: message([], { stop_reason: null, usage: startUsage, ...more }),
})

const { output_tokens_details: _, ...ofInput } = usage
const startUsage = { ...ofInput, output_tokens: 1 }

/** The events of one block: its start, its deltas and its stop. */
export const block = (index: number, content_block: object, ...deltas: readonly object[]): NamedEvent[] => [
  { type: 'content_block_start', index, content_block },
  ...deltas.map(delta => ({ type: 'content_block_delta', index, delta })),
  { type: 'content_block_stop', index },
]

export const textDelta = (words: string): object => ({ type: 'text_delta', text: words })
export const jsonDelta = (partial_json: string): object => ({ type: 'input_json_delta', partial_json })

/** The last two events: the stop reason and the final usage. */
export const ended = (
  stop_reason = 'end_turn',
  more: object = { output_tokens: 9, output_tokens_details: { thinking_tokens: 4 } },
): NamedEvent[] => [
  { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: more },
  { type: 'message_stop' },
]

/** The events of a streamed message with these texts in one block. */
export const textEvents = (...parts: readonly string[]): NamedEvent[] => [
  started(),
  ...block(0, text(''), ...parts.map(textDelta)),
  ...ended(),
]

/** The texts of these events, with a ping after the first block's start. */
export function events(all: readonly NamedEvent[], lineEnd = '\n'): string[] {
  const texts = all.map(one => event(one, lineEnd))
  return texts.length > 2 ? texts.toSpliced(2, 0, ping.replaceAll('\n', lineEnd)) : texts
}

/** Streams the events, one per packet. */
export const stream =
  (...all: NamedEvent[]): Reply =>
  response =>
    send(response, events(all))

/** The headers of an event stream. */
export const sse: Headers = { 'content-type': 'text/event-stream; charset=utf-8', ...always }

export const { send, breakAfter, hang } = streamReplies<NamedEvent>(sse, all => events(all))
