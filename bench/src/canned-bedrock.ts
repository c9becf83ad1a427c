import { Readable } from 'node:stream'
import { EventStreamCodec } from '@smithy/core/event-streams'

/** How many events of a stream carry text. */
export const deltas = 500

const codec = new EventStreamCodec(
  bytes => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()),
  text => Buffer.from(text),
)
const header = (value: string) => ({ type: 'string' as const, value })

const event = (type: string, body: object): Uint8Array =>
  codec.encode({
    headers: {
      ':event-type': header(type),
      ':content-type': header('application/json'),
      ':message-type': header('event'),
    },
    body: Buffer.from(JSON.stringify(body)),
  })

const usage = { inputTokens: 90, outputTokens: 500, totalTokens: 590 }
const text = 'Your parcel left us on Monday and is with you tomorrow. '.repeat(4)
const answer = Buffer.from(
  JSON.stringify({
    metrics: { latencyMs: 312 },
    output: { message: { content: [{ text }], role: 'assistant' } },
    stopReason: 'end_turn',
    usage,
  }),
)
const frames = [
  event('messageStart', { p: 'abcd', role: 'assistant' }),
  ...Array.from({ length: deltas }, () =>
    event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: ' word' }, p: 'abcdefghijk' }),
  ),
  event('contentBlockStop', { contentBlockIndex: 0, p: 'ab' }),
  event('messageStop', { p: 'abc', stopReason: 'end_turn' }),
  event('metadata', { metrics: { latencyMs: 312 }, p: 'a', usage }),
]

/** Responds without a network, each event in its own packet. */
export const cannedHandler = {
  handle: async ({ path }: { readonly path: string }) => ({
    response: {
      statusCode: 200,
      headers: { 'content-type': 'application/json' },
      body: path.endsWith('stream') ? Readable.from(frames) : Readable.from([answer]),
    },
  }),
  updateHttpClientConfig: () => {},
  httpHandlerConfigs: () => ({}),
}
