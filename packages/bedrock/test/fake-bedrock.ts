import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  constants,
  createServer as createHttp2Server,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { EventStreamCodec, type MessageHeaders } from '@smithy/core/event-streams'

/** A request as it arrived. */
export interface Seen {
  readonly path: string
  readonly method: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/** Answers one request. `index` counts the requests from 0. */
export type Reply = (response: ServerResponse, seen: Seen, index: number) => void | Promise<void>

export interface FakeBedrock {
  readonly url: string
  readonly seen: Seen[]
  /** Forgets what was seen and answers like this from now on. */
  answer(reply: Reply): void
  close(): Promise<void>
}

/** A host on loopback that speaks Bedrock's wire formats, byte by byte as a test wants it. */
export async function startFakeBedrock(protocol: 'HTTP/1.1' | 'HTTP/2' = 'HTTP/1.1'): Promise<FakeBedrock> {
  const seen: Seen[] = []
  let reply: Reply = response => void response.writeHead(500).end()
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const one = await read(request)
    await reply(response, one, seen.push(one) - 1)
  }
  const { server, closeAll } = protocol === 'HTTP/2' ? http2(listener) : http1(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answer: next => {
      seen.length = 0
      reply = next
    },
    close: async () => {
      closeAll()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

function http1(listener: Listener) {
  const server = createServer(listener)
  return { server, closeAll: () => server.closeAllConnections() }
}

function http2(listener: Listener) {
  const sessions = new Set<ServerHttp2Session>()
  // What is used of requests and responses here is the same in both.
  const server = createHttp2Server(listener as never)
  server.on('session', session => {
    sessions.add(session)
    session.on('error', () => {})
  })
  const closeAll = () => {
    for (const session of sessions) session.destroy()
  }
  return { server, closeAll }
}

/** Breaks the connection. */
export function cut(response: ServerResponse): void {
  const { stream } = response as Partial<Pick<Http2ServerResponse, 'stream'>>
  if (stream) stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else response.socket?.destroy()
}

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { url = '', method = '', headers } = request
  return { path: url, method, headers, text: Buffer.concat(chunks).toString() }
}

type Headers = Record<string, string>

const idHeaders = { 'x-amzn-requestid': 'req-1' }

/** Answers with JSON, printed as the real service prints it. */
export const json =
  (body: unknown, status = 200, headers: Headers = {}): Reply =>
  response => {
    response.writeHead(status, { 'content-type': 'application/json', ...idHeaders, ...headers })
    response.end(JSON.stringify(body))
  }

export const failure = (status: number, type: string, message: string, headers: Headers = {}): Reply =>
  json({ message }, status, { 'x-amzn-errortype': `${type}:http://internal.amazon.com/`, ...headers })

/** One reply after the other; the last one stays. */
export const inTurn =
  (...replies: Reply[]): Reply =>
  (response, seen, index) =>
    replies[Math.min(index, replies.length - 1)]?.(response, seen, index)

export const usage = {
  inputTokens: 20,
  outputTokens: 9,
  totalTokens: 109,
  cacheReadInputTokens: 64,
  cacheWriteInputTokens: 16,
}

/** A Converse answer of these content blocks, or of this text. */
export const converseAnswer = (content: string | readonly object[], more: object = {}): object => ({
  metrics: { latencyMs: 312 },
  output: {
    message: { content: typeof content === 'string' ? [{ text: content }] : content, role: 'assistant' },
  },
  stopReason: 'end_turn',
  usage,
  ...more,
})

/** What a vendor's model gives, with the counts in the headers as Bedrock adds them to every vendor's. */
export const invokeHeaders: Headers = {
  'x-amzn-bedrock-input-token-count': '20',
  'x-amzn-bedrock-output-token-count': '9',
  'x-amzn-bedrock-invocation-latency': '312',
}
export const cacheHeaders: Headers = {
  'x-amzn-bedrock-cache-read-input-token-count': '64',
  'x-amzn-bedrock-cache-write-input-token-count': '16',
}
export const invocationMetrics = {
  inputTokenCount: 20,
  outputTokenCount: 9,
  invocationLatency: 312,
  firstByteLatency: 100,
  cacheReadInputTokenCount: 64,
  cacheWriteInputTokenCount: 16,
}

const codec = new EventStreamCodec(
  bytes => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()),
  text => Buffer.from(text),
)

function frame(kind: 'event' | 'exception', type: string, body: string | object): Uint8Array {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const header = (value: string) => ({ type: 'string' as const, value })
  const headers: MessageHeaders = {
    [`:${kind}-type`]: header(type),
    ':content-type': header('application/json'),
    ':message-type': header(kind),
  }
  return codec.encode({ headers, body: Buffer.from(text) })
}

/** One event of a stream, framed. */
export const event = (type: string, body: string | object): Uint8Array => frame('event', type, body)

export const exception = (type: string, message: string): Uint8Array => frame('exception', type, { message })

/** One chunk of a vendor's own stream, framed. */
export const chunk = (body: unknown): Uint8Array => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return event('chunk', { bytes: Buffer.from(text).toString('base64'), p: 'abcdefgh' })
}

/** The events of a Converse stream of these texts. */
export const textEvents = (...texts: string[]): Uint8Array[] => [
  event('messageStart', { p: 'abcd', role: 'assistant' }),
  ...texts.map(text => event('contentBlockDelta', { contentBlockIndex: 0, delta: { text }, p: 'abcdefg' })),
  event('contentBlockStop', { contentBlockIndex: 0, p: 'ab' }),
  event('messageStop', { p: 'abc', stopReason: 'end_turn' }),
  event('metadata', { metrics: { latencyMs: 312 }, p: 'a', usage }),
]

export const streamHeaders = { 'content-type': 'application/vnd.amazon.eventstream', ...idHeaders }

/** Streams these frames, each in a packet of its own. */
export const stream =
  (...frames: readonly Uint8Array[]): Reply =>
  response =>
    send(response, frames)

/** Sends these pieces, each in a packet of its own, and ends. */
export async function send(
  response: ServerResponse,
  pieces: readonly (string | Uint8Array)[],
  headers: Headers = streamHeaders,
): Promise<void> {
  response.writeHead(200, headers)
  for (const piece of pieces) {
    response.write(piece)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  response.end()
}

/** Streams all of it in packets of this size. */
export const inPackets =
  (size: number, ...frames: readonly Uint8Array[]): Reply =>
  response => {
    const bytes = Buffer.concat(frames)
    const count = Math.ceil(bytes.length / size)
    return send(
      response,
      Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size)),
    )
  }

/** Sends these pieces and breaks the connection. */
export const breakAfter =
  (...pieces: Uint8Array[]): Reply =>
  async response => {
    response.writeHead(200, streamHeaders)
    for (const piece of pieces) response.write(piece)
    await new Promise(resolve => setTimeout(resolve, 10))
    cut(response)
  }

export const reset: Reply = response => cut(response)

/** Sends headers and these pieces, and then nothing more for as long as the connection lasts. */
export const hang =
  (...pieces: Uint8Array[]): Reply =>
  response => {
    response.writeHead(200, streamHeaders)
    response.flushHeaders()
    for (const piece of pieces) response.write(piece)
  }
