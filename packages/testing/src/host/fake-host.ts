import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'

/** A received request. */
export interface HostRequest {
  /** Includes the query. */
  readonly path: string
  readonly method: string
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** The JSON object of the body; `{}` if it is not one. */
  readonly body: {
    readonly stream?: boolean
    readonly stream_options?: { readonly include_usage?: boolean } | null
    readonly [field: string]: unknown
  }
}

/** Answers one request. `index` counts the requests since the last `answer` call, from 0. */
export type Reply = (response: ServerResponse, request: HostRequest, index: number) => void | Promise<void>

/** A host on loopback with full control over each byte, over HTTP/1.1 and HTTP/2. */
export interface FakeHost {
  readonly url: string
  /** The requests since `answer` was called. */
  readonly requests: readonly HostRequest[]
  /** Clears the requests, and answers like this from now on. Before the first call the answer is a 500. */
  answer(reply: Reply): void
  /** Closes every connection and the port. */
  close(): Promise<void>
}

/** Starts a host on a free port of loopback. `path` is the end of its `url`. */
export async function startFakeHost(path = ''): Promise<FakeHost> {
  const requests: HostRequest[] = []
  let reply: Reply = response => void response.writeHead(500).end()
  const { server, breakAll } = bothProtocols(async (request, response) => {
    const one = await read(request)
    await reply(response, one, requests.push(one) - 1)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    requests,
    answer: next => {
      requests.length = 0
      reply = next
    },
    close: async () => {
      breakAll()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function read(request: IncomingMessage): Promise<HostRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  const { url = '', method = '', headers } = request
  return { path: url, method, headers, text, body: jsonObject(text) }
}

function jsonObject(text: string): HostRequest['body'] {
  try {
    return text.startsWith('{') ? JSON.parse(text) : {}
  } catch {
    return {}
  }
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

// Without TLS only the first bytes distinguish the protocols: HTTP/2 starts with "PRI".
function bothProtocols(listener: Listener) {
  const sockets = new Set<Socket>()
  const http1 = createServer(listener)
  // The used members of requests and responses are the same in both.
  const http2 = createHttp2Server(listener as never)
  http2.on('session', (session: ServerHttp2Session) => void session.on('error', () => {}))
  const server = createTcpServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    socket.once('readable', () => {
      const first: Buffer | null = socket.read()
      if (!first) return
      socket.unshift(first)
      const protocol = first.subarray(0, 3).toString() === 'PRI' ? http2 : http1
      protocol.emit('connection', socket)
    })
  })
  const breakAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return { server, breakAll }
}
