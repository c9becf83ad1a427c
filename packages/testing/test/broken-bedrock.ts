import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'

type Send = (...args: unknown[]) => unknown

/** The client with a patched `send`. Calls with a callback are passed on unchanged. */
function withSend(client: BedrockRuntimeClient, wrap: (send: () => Promise<object>) => Promise<object>) {
  const { send: own } = client
  const send: Send = (...args) => Reflect.apply(own, client, args)
  const patched: Send = (...args) =>
    args.some(arg => typeof arg === 'function') ? send(...args) : wrap(async () => send(...args) as object)
  return Object.assign(client, { send: patched })
}

async function readAhead(events: AsyncIterable<unknown>): Promise<AsyncIterable<unknown>> {
  const read: unknown[] = []
  for await (const event of events) read.push(event)
  return (async function* () {
    yield* read
  })()
}

/** A wrapper of the client with one defect, and the cases that must detect it. */
export interface BrokenWrapper {
  readonly does: string
  instrument(client: BedrockRuntimeClient): object
  /** Titles of cases. */
  readonly breaks: readonly string[]
  /** Cases that wait until their time limit with this defect; skipped. */
  readonly hangs?: RegExp
}

export const brokenWrappers: readonly BrokenWrapper[] = [
  {
    does: 'swallows an error',
    instrument: client => withSend(client, send => send().catch(() => ({}))),
    breaks: ['ValidationException, with its retries', 'an abort before the answer'],
  },
  {
    does: 'replaces the error with its own',
    instrument: client =>
      withSend(client, send =>
        send().catch(cause => {
          throw new Error('The call failed.', { cause })
        }),
      ),
    breaks: ['ThrottlingException, with its retries', 'a connection that breaks before the answer'],
  },
  {
    does: 'makes one attempt more than the SDK',
    instrument: client => withSend(client, send => send().catch(send)),
    breaks: ['InternalServerException, with its retries'],
  },
  {
    does: 'reads a stream to its end before passing it on',
    instrument: client =>
      withSend(client, async send => {
        const output: { stream?: AsyncIterable<unknown> } = await send()
        return output.stream ? { ...output, stream: await readAhead(output.stream) } : output
      }),
    // No case with a broken connection: on a busy machine Node 22 does not always report why an HTTP/2 stream broke.
    breaks: [
      'validationException in the middle of a stream',
      'throttlingException in the middle of a stream',
    ],
    hangs: /early break|abort in the middle/,
  },
  {
    does: 'drops the SDK’s metadata of the request',
    instrument: client =>
      withSend(client, async send => {
        const { $metadata: _, ...output }: { $metadata?: unknown } = await send()
        return output
      }),
    breaks: ['Converse', 'InvokeModel of Anthropic', 'ConverseStream'],
  },
]
