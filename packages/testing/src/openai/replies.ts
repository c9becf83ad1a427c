import type { HostRequest, Reply } from '../host/fake-host.ts'
import { type Headers, streamReplies } from '../host/replies.ts'

/** Headers that the real service sends with every answer. */
const sent = { 'x-request-id': 'req_1', 'openai-organization': 'org-test' }

/** Answers with JSON, formatted like the real service. */
export const json =
  (body: unknown, status = 200, headers: Headers = {}): Reply =>
  response => {
    response.writeHead(status, { ...sent, 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body, null, 2))
  }

/** Answers with an error in the service's format; its `code` is `code_<status>`. */
export const failure = (status: number, message: string, headers: Headers = {}): Reply =>
  json({ error: { message, type: 'test_error', param: null, code: `code_${status}` } }, status, headers)

/** The usage in every answer here. */
export const usage = {
  prompt_tokens: 20,
  completion_tokens: 9,
  total_tokens: 29,
  prompt_tokens_details: { cached_tokens: 16 },
  completion_tokens_details: { reasoning_tokens: 4 },
}

/** A chat completion with this content; `more` is merged into its message. */
export function completion(content: string | null, more: object = {}): object {
  const message = { role: 'assistant', content, refusal: null, ...more }
  const finish_reason = 'tool_calls' in more ? 'tool_calls' : 'stop'
  return {
    ...frame('chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason }],
    usage,
  }
}

/** A tool call for the `tool_calls` of a message. */
export const toolCall = (id: string, name: string, args: object) => ({
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(args) },
})

/** One chunk of a streamed chat completion. */
export const chunk = (delta: object, finish_reason: string | null = null, index = 0): object => ({
  ...frame('chat.completion.chunk'),
  choices: [{ index, delta, logprobs: null, finish_reason }],
})

const frame = (object: string) => ({
  id: 'chatcmpl-1',
  object,
  created: 1_760_000_000,
  model: 'gpt-test-2026',
})

/** The chunks of a streamed chat completion with these texts, from its role to its finish reason. */
export const textChunks = (...parts: string[]): object[] => [
  chunk({ role: 'assistant', content: '' }),
  ...parts.map(content => chunk({ content })),
  chunk({}, 'stop'),
]

/** The events of these chunks, with usage if the request has the option, as the service does. */
export function events(chunks: readonly object[], request: HostRequest, lineEnd = '\n'): string[] {
  const asked = request.body.stream_options?.include_usage === true
  const all = asked ? [...chunks.map(one => ({ ...one, usage: null })), usageChunk] : chunks
  return [...all.map(one => JSON.stringify(one)), '[DONE]'].map(data => `data: ${data}${lineEnd}${lineEnd}`)
}

const usageChunk = { ...frame('chat.completion.chunk'), choices: [], usage }

/** Streams the chunks, one event per packet. */
export const stream =
  (...chunks: object[]): Reply =>
  (response, request) =>
    send(response, events(chunks, request))

/** The headers of an event stream. */
export const sse = { ...sent, 'content-type': 'text/event-stream; charset=utf-8' }

export const { send, breakAfter, hang } = streamReplies<string>(sse, pieces => pieces)
