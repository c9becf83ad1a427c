import { Readable } from 'node:stream'
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'
import { ConfiguredRetryStrategy } from '@smithy/core/retry'
import { HttpResponse } from '@smithy/core/transport'
import { instrumentBedrock } from '../src/index.ts'

/** A host's answer: these chunks, then the end or this error. */
export interface Canned {
  readonly pieces: readonly Uint8Array[]
  readonly error?: Error
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

async function* sent({ pieces, error }: Canned) {
  yield* pieces
  if (error) throw error
}

/** A client without a network; each request receives this answer. */
export function cannedClient(answer: (path: string) => Canned): BedrockRuntimeClient {
  const handle = async ({ path }: { path: string }) => {
    const canned = answer(path)
    const { status = 200, headers = {} } = canned
    const body = Readable.from(sent(canned), { objectMode: false })
    return { response: new HttpResponse({ statusCode: status, headers: { ...headers }, body }) }
  }
  return new BedrockRuntimeClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    requestHandler: { handle },
    retryStrategy: new ConfiguredRetryStrategy(1, 1),
  })
}

export const tappedClient = (answer: (path: string) => Canned): BedrockRuntimeClient =>
  instrumentBedrock(cannedClient(answer))
