import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../random.ts'

/** A network between clients and a server that is slow, repeats requests and loses answers. */
export interface BadNetwork {
  /** Instead of the server's address. */
  readonly url: string
  readonly counts: { requests: number; slow: number; repeated: number; cut: number }
  close(): Promise<void>
}

const meanDelayMs = 100

/** @param serverUrl keeps its port when the server is restarted */
export async function startBadNetwork(serverUrl: string, seed: number): Promise<BadNetwork> {
  const random = new Random(seed)
  const counts = { requests: 0, slow: 0, repeated: 0, cut: 0 }
  const isOneOf = (n: number) => random.below(n) === 0

  async function pass(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(asked)
    counts.requests++
    if (isOneOf(4)) {
      counts.slow++
      await sleep(random.wait(meanDelayMs))
    }
    const sent = [send(serverUrl, asked, body)]
    if (isOneOf(3)) {
      counts.repeated++
      sent.push(send(serverUrl, asked, body))
    }
    const answers = await Promise.all(sent)
    const answer = answers.at(-1) as Answer
    if (isOneOf(5)) {
      counts.cut++
      response.writeHead(answer.status, { 'content-length': answer.body.length + 1 })
      response.write(answer.body.subarray(0, answer.body.length / 2), () => response.destroy())
    } else response.writeHead(answer.status, answer.headers).end(answer.body)
  }

  // A server that is away is a network that is cut.
  const proxy = createServer((asked, response) => void pass(asked, response).catch(() => response.destroy()))
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    counts,
    close: async () => {
      const closed = new Promise(resolve => proxy.close(resolve))
      proxy.closeAllConnections()
      await closed
    },
  }
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Buffer
}

async function send(
  serverUrl: string,
  { url, method, headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(new URL(url ?? '/', serverUrl), { method, headers, agent: false }, resolve)
    sent.once('error', reject)
    sent.end(body)
  })
  const { 'content-type': type, 'retry-after': wait } = response.headers
  return {
    status: response.statusCode ?? 0,
    headers: { ...(type && { 'content-type': type }), ...(wait && { 'retry-after': wait }) },
    body: await buffer(response),
  }
}
