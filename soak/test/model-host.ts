import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/**
 * A host that speaks the chat completions protocol. Its first answer costs 1 input token, the second 2, the third 4:
 * a sum tells which ones are in it.
 */
export interface ModelHost {
  readonly url: string
  readonly requests: number
  /** From the `request`th request on, no answer completes. Resolves when that request has arrived. */
  holdFrom(request: number): Promise<void>
  answerAll(): void
  close(): void
}

export async function startModelHost(): Promise<ModelHost> {
  let requests = 0
  let held = Number.POSITIVE_INFINITY
  let arrived = () => {}
  const server = createServer(async (request, response) => {
    const { stream = false } = JSON.parse(await text(request)) as { stream?: boolean }
    const number = ++requests
    const usage = { prompt_tokens: 2 ** (number - 1), completion_tokens: 0, total_tokens: 2 ** (number - 1) }
    const isHeld = number >= held
    if (stream) answerAsStream(response, usage, isHeld)
    else if (!isHeld) answerAtOnce(response, usage)
    if (isHeld) arrived()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    get requests() {
      return requests
    },
    holdFrom: request => {
      held = request
      return new Promise(resolve => {
        arrived = resolve
      })
    },
    answerAll: () => {
      held = Number.POSITIVE_INFINITY
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

const facts = { id: 'answer', created: 0, model: 'fake' }

function answerAtOnce(response: ServerResponse, usage: object): void {
  const message = { role: 'assistant', content: 'On its way.' }
  const choices = [{ index: 0, message, finish_reason: 'stop' }]
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ ...facts, object: 'chat.completion', choices, usage }))
}

function answerAsStream(response: ServerResponse, usage: object, isHeld: boolean): void {
  const chunk = { ...facts, object: 'chat.completion.chunk' }
  const choices = ['On', ' its', ' way.'].map(content => [{ index: 0, delta: { content } }])
  response.setHeader('content-type', 'text/event-stream')
  for (const each of choices) response.write(`data: ${JSON.stringify({ ...chunk, choices: each })}\n\n`)
  if (isHeld) return
  response.end(`data: ${JSON.stringify({ ...chunk, choices: [], usage })}\n\ndata: [DONE]\n\n`)
}
