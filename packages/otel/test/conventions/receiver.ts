import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

interface ReceivedSpan {
  readonly name: string
  readonly traceId: string
  readonly attributes: readonly { readonly key: string }[]
}

interface Batch {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[]
  }[]
}

/** An OTLP endpoint that refuses a batch with one text that is not valid UTF-8, as collectors do. */
export async function startReceiver() {
  const spans: ReceivedSpan[] = []
  let refused = 0
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    try {
      const batch = JSON.parse(
        new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)),
        wellFormed,
      )
      spans.push(...spansOf(batch))
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    } catch {
      refused++
      response.writeHead(400).end()
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    spans,
    refused: () => refused,
    url: `http://127.0.0.1:${port}/v1/traces`,
    close: () => new Promise(resolve => server.close(resolve)),
  }
}

const spansOf = ({ resourceSpans }: Batch) =>
  resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))

function wellFormed(_: string, value: unknown): unknown {
  if (typeof value === 'string' && !value.isWellFormed()) throw new Error('not UTF-8')
  return value
}
