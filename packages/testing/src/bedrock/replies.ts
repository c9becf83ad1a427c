import type { ServerResponse } from 'node:http'
import type { Reply } from '../host/fake-host.ts'
import { cutBytes, type Headers, sendAndBreak, sendAndHang, send as sendPieces } from '../host/replies.ts'
import { eventFrame } from './event-frame.ts'

const idHeaders = { 'x-amzn-requestid': 'req-1' }

/** Answers with JSON, formatted like the real service. */
export const json =
  (body: unknown, status = 200, headers: Headers = {}): Reply =>
  response => {
    response.writeHead(status, { 'content-type': 'application/json', ...idHeaders, ...headers })
    response.end(JSON.stringify(body))
  }

/** Answers with an error of this type, in the service's format. */
export const failure = (status: number, type: string, message: string, headers: Headers = {}): Reply =>
  json({ message }, status, { 'x-amzn-errortype': `${type}:http://internal.amazon.com/`, ...headers })

/** The usage in every answer of Converse here. */
export const usage = {
  inputTokens: 20,
  outputTokens: 9,
  totalTokens: 109,
  cacheReadInputTokens: 64,
  cacheWriteInputTokens: 16,
}

/** An answer of Converse with these content blocks or this text; `more` overrides its fields. */
export const converseAnswer = (content: string | readonly object[], more: object = {}): object => ({
  metrics: { latencyMs: 312 },
  output: {
    message: { content: typeof content === 'string' ? [{ text: content }] : content, role: 'assistant' },
  },
  stopReason: 'end_turn',
  usage,
  ...more,
})

/** A vendor model's answer, with the counts in headers as Bedrock adds them for every vendor. */
export const invokeHeaders: Headers = {
  'x-amzn-bedrock-input-token-count': '20',
  'x-amzn-bedrock-output-token-count': '9',
  'x-amzn-bedrock-invocation-latency': '312',
}
/** Additional counts of cached tokens. */
export const cacheHeaders: Headers = {
  'x-amzn-bedrock-cache-read-input-token-count': '64',
  'x-amzn-bedrock-cache-write-input-token-count': '16',
}
/** The `amazon-bedrock-invocationMetrics` of the last chunk in a vendor's stream. */
export const invocationMetrics = {
  inputTokenCount: 20,
  outputTokenCount: 9,
  invocationLatency: 312,
  firstByteLatency: 100,
  cacheReadInputTokenCount: 64,
  cacheWriteInputTokenCount: 16,
}

function frame(kind: 'event' | 'exception', type: string, body: string | object): Uint8Array {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { [`:${kind}-type`]: type, ':content-type': 'application/json', ':message-type': kind }
  return eventFrame(headers, Buffer.from(text))
}

/** A framed stream event; text is sent unchanged. */
export const event = (type: string, body: string | object): Uint8Array => frame('event', type, body)

/** A framed exception instead of a stream event. */
export const exception = (type: string, message: string): Uint8Array => frame('exception', type, { message })

/** A framed chunk of a vendor's stream. */
export const chunk = (body: unknown): Uint8Array => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return event('chunk', { bytes: Buffer.from(text).toString('base64'), p: 'abcdefgh' })
}

/** The events of a Converse stream with these texts. */
export const textEvents = (...texts: string[]): Uint8Array[] => [
  event('messageStart', { p: 'abcd', role: 'assistant' }),
  ...texts.map(text => event('contentBlockDelta', { contentBlockIndex: 0, delta: { text }, p: 'abcdefg' })),
  event('contentBlockStop', { contentBlockIndex: 0, p: 'ab' }),
  event('messageStop', { p: 'abc', stopReason: 'end_turn' }),
  event('metadata', { metrics: { latencyMs: 312 }, p: 'a', usage }),
]

/** The events of a Converse stream that calls a tool. */
export const toolEvents: readonly Uint8Array[] = [
  event('messageStart', { role: 'assistant' }),
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Let me look.' } }),
  event('contentBlockStop', { contentBlockIndex: 0 }),
  event('contentBlockStart', {
    contentBlockIndex: 1,
    start: { toolUse: { name: 'weather', toolUseId: 'tool-1' } },
  }),
  event('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '{"city":' } } }),
  event('contentBlockDelta', { contentBlockIndex: 1, delta: { toolUse: { input: '"Bern"}' } } }),
  event('contentBlockStop', { contentBlockIndex: 1 }),
  event('messageStop', { stopReason: 'tool_use' }),
  event('metadata', {
    usage: { inputTokens: 20, outputTokens: 9, totalTokens: 29 },
    metrics: { latencyMs: 5 },
  }),
]

/** The chunks of a stream from an Anthropic model. */
export const anthropicChunks: readonly Uint8Array[] = [
  chunk({
    type: 'message_start',
    message: { role: 'assistant', usage: { input_tokens: 20, output_tokens: 1 } },
  }),
  chunk({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  chunk({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Halb ' } }),
  chunk({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'zwölf.' } }),
  chunk({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } }),
  chunk({ type: 'message_stop', 'amazon-bedrock-invocationMetrics': invocationMetrics }),
]

const streamHeaders = { 'content-type': 'application/vnd.amazon.eventstream', ...idHeaders }

/** Streams these frames, one per packet. */
export const stream =
  (...frames: readonly Uint8Array[]): Reply =>
  response =>
    send(response, frames)

/** Sends these pieces as an event stream, one per packet. */
export const send = (
  response: ServerResponse,
  pieces: readonly (string | Uint8Array)[],
  headers: Headers = streamHeaders,
): Promise<void> => sendPieces(response, pieces, headers)

/** Streams everything in packets of this size. */
export const inPackets =
  (size: number, ...frames: readonly Uint8Array[]): Reply =>
  response =>
    send(response, cutBytes(Buffer.concat(frames), size))

/** Sends these pieces of an event stream and breaks the connection. */
export const breakAfter =
  (...pieces: readonly Uint8Array[]): Reply =>
  response =>
    sendAndBreak(response, pieces, streamHeaders)

/** Sends these pieces of an event stream, then nothing more while the connection lasts. */
export const hang =
  (...pieces: readonly Uint8Array[]): Reply =>
  response =>
    sendAndHang(response, pieces, streamHeaders)
