import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it arrived. */
export interface Seen {
  readonly path: string
  readonly method: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** The JSON of the body; `{}` where it is none. */
  readonly body: {
    stream?: boolean
    stream_options?: { include_usage?: boolean } | null
    [field: string]: unknown
  }
}

/** Answers one request. `index` counts the requests from 0. */
export type Reply = (response: ServerResponse, seen: Seen, index: number) => void | Promise<void>

export interface FakeOpenAI {
  readonly url: string
  readonly seen: Seen[]
  /** Forgets what was seen and answers like this from now on. */
  answer(reply: Reply): void
  close(): Promise<void>
}

/** A host on loopback that speaks OpenAI's wire format, byte by byte as a test wants it. */
export async function startFakeOpenAI(): Promise<FakeOpenAI> {
  const seen: Seen[] = []
  let reply: Reply = response => void response.writeHead(500).end()
  const server = createServer(async (request, response) => {
    const one = await read(request)
    await reply(response, one, seen.push(one) - 1)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen,
    answer: next => {
      seen.length = 0
      reply = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const { url = '', method = '', headers } = request
  return { path: url, method, headers, text, body: text.startsWith('{') ? JSON.parse(text) : {} }
}

type Headers = Record<string, string>

/** Answers with JSON, printed as the real service prints it. */
export const json =
  (body: unknown, status = 200, headers: Headers = {}): Reply =>
  response => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_1', ...headers })
    response.end(JSON.stringify(body, null, 2))
  }

export const failure = (status: number, message: string, headers: Headers = {}): Reply =>
  json({ error: { message, type: 'test_error', param: null, code: `code_${status}` } }, status, headers)

/** One reply after the other; the last one stays. */
export const inTurn =
  (...replies: Reply[]): Reply =>
  (response, seen, index) =>
    replies[Math.min(index, replies.length - 1)]?.(response, seen, index)

export const usage = {
  prompt_tokens: 20,
  completion_tokens: 9,
  total_tokens: 29,
  prompt_tokens_details: { cached_tokens: 16 },
  completion_tokens_details: { reasoning_tokens: 4 },
}

export function completion(content: string | null, more: object = {}): object {
  const message = { role: 'assistant', content, refusal: null, ...more }
  const finish_reason = 'tool_calls' in more ? 'tool_calls' : 'stop'
  return {
    ...frame('chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason }],
    usage,
  }
}

export const toolCall = (id: string, name: string, args: object) => ({
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(args) },
})

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

export const textChunks = (...parts: string[]): object[] => [
  chunk({ role: 'assistant', content: '' }),
  ...parts.map(content => chunk({ content })),
  chunk({}, 'stop'),
]

/** The events of these chunks, with the usage as the service tells it to those who ask. */
export function events(chunks: readonly object[], seen: Seen, lineEnd = '\n'): string[] {
  const asked = seen.body.stream_options?.include_usage === true
  const all = asked ? [...chunks.map(one => ({ ...one, usage: null })), usageChunk] : chunks
  return [...all.map(one => JSON.stringify(one)), '[DONE]'].map(data => `data: ${data}${lineEnd}${lineEnd}`)
}

const usageChunk = { ...frame('chat.completion.chunk'), choices: [], usage }

/** Streams the chunks, each event in a packet of its own. */
export const stream =
  (...chunks: object[]): Reply =>
  (response, seen) =>
    send(response, events(chunks, seen))

export const sse = { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_1' }

/** Sends these pieces, each in a packet of its own, and ends. */
export async function send(
  response: ServerResponse,
  pieces: readonly (string | Uint8Array)[],
  headers: Headers = sse,
): Promise<void> {
  response.writeHead(200, headers)
  for (const piece of pieces) {
    response.write(piece)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  response.end()
}

/** Sends these pieces and breaks the connection. */
export const breakAfter =
  (...pieces: string[]): Reply =>
  async response => {
    response.writeHead(200, sse)
    for (const piece of pieces) response.write(piece)
    await new Promise(resolve => setTimeout(resolve, 10))
    response.socket?.destroy()
  }

export const reset: Reply = response => void response.socket?.destroy()

/** Sends headers and these pieces, and then nothing more for as long as the connection lasts. */
export const hang =
  (...pieces: string[]): Reply =>
  response => {
    response.writeHead(200, sse)
    response.flushHeaders()
    for (const piece of pieces) response.write(piece)
  }
