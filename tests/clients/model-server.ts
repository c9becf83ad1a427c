import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** What the server says of each answer of a chat, in OpenAI's words and in ours. */
export const told = { input: 812, output: 164, total: 976 }
export const parts = { cachedInput: 500, reasoning: 100 }
const usage = {
  ...{ prompt_tokens: told.input, completion_tokens: told.output, total_tokens: told.total },
  prompt_tokens_details: { cached_tokens: parts.cachedInput },
  completion_tokens_details: { reasoning_tokens: parts.reasoning },
}

export const answeredModel = 'gpt-5-mini-2026-01-01'
const answer = 'In the post.'

interface Asked {
  readonly messages?: readonly { readonly role: string; readonly content: unknown }[]
  readonly tools?: readonly unknown[]
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
}

/** A host of models on loopback, in OpenAI's form. It calls a tool if there is one, and fails if asked to. */
export async function startModelServer() {
  let answers = 0
  const server = createServer(async (request, response) => {
    const asked = (await json(request)) as Asked
    const id = `chatcmpl-${++answers}`
    if (request.url?.endsWith('/embeddings')) return send(response, embedding)
    if (asked.messages?.at(-1)?.content === 'fail')
      return send(response, { error: { message: 'no capacity' } }, 400)
    if (asked.stream === true) return stream(response, id, asked.stream_options?.include_usage === true)
    send(response, { ...frame(id, 'chat.completion'), usage, choices: [choiceOf(asked)] })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const embedding = {
  ...{ object: 'list', model: 'text-embedding-3-small', usage: { prompt_tokens: 9, total_tokens: 9 } },
  data: [
    {
      ...{ object: 'embedding', index: 0 },
      embedding: Buffer.from(new Float32Array([0.5, 0.25]).buffer).toString('base64'),
    },
  ],
}

const frame = (id: string, object: string) => ({ id, object, created: 1, model: answeredModel })

function choiceOf({ tools = [], messages = [] }: Asked) {
  const isDone = tools.length === 0 || messages.at(-1)?.role === 'tool'
  const called = { id: 'c-1', type: 'function', function: { name: 'search', arguments: '{"order":7}' } }
  return {
    ...{ index: 0, logprobs: null, finish_reason: isDone ? 'stop' : 'tool_calls' },
    message: { role: 'assistant', content: isDone ? answer : null, ...(!isDone && { tool_calls: [called] }) },
  }
}

function send(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function stream(response: ServerResponse, id: string, hasUsage: boolean): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const chunk = (fields: object) =>
    response.write(`data: ${JSON.stringify({ ...frame(id, 'chat.completion.chunk'), ...fields })}\n\n`)
  const delta = (content: object, reason: string | null = null) =>
    chunk({ choices: [{ index: 0, delta: content, finish_reason: reason }] })
  for (const content of ['In the ', 'post.']) delta({ role: 'assistant', content })
  delta({}, 'stop')
  if (hasUsage) chunk({ choices: [], usage })
  response.end('data: [DONE]\n\n')
}
