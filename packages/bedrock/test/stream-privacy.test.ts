import { ConverseStreamCommand, InvokeModelWithResponseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { memorySink } from '@runtape/testing'
import { chunk, collect, event, exception, invocation, question, textEvents } from '@runtape/testing/bedrock'
import { configureTracing } from '@runtape/trace'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cannedClient, tappedClient } from './canned.ts'
import { valueOf } from './value-of.ts'

const tape = memorySink()
beforeEach(() => {
  tape.clear()
  configureTracing({ sink: tape })
})
afterEach(() => configureTracing(undefined))

const secret = 's3cr-et-9'
const [half, otherHalf] = ['s3cr-', 'et-9']
const hide = (_path: string, value: unknown) =>
  typeof value === 'string' && value.includes(secret) ? 'hidden' : value
const delta = (index: number, part: object) =>
  event('contentBlockDelta', { contentBlockIndex: index, delta: part })
const tool = (index: number, input: string) => delta(index, { toolUse: { input } })
const vendor = (index: number, part: object) => chunk({ type: 'content_block_delta', index, delta: part })
const call = (index: number, text: string) =>
  chunk({ choices: [{ index: 0, delta: { tool_calls: [{ index, function: { arguments: text } }] } }] })
const nova = (index: number, input: string) =>
  chunk({ contentBlockDelta: { contentBlockIndex: index, delta: { toolUse: { input } } } })

type Read = (client: ReturnType<typeof cannedClient>, upTo?: number) => Promise<unknown>

async function readSome(stream: AsyncIterable<unknown> | undefined, upTo: number): Promise<unknown> {
  if (upTo === Number.POSITIVE_INFINITY) return collect(stream)
  const seen: unknown[] = []
  for await (const item of stream ?? []) {
    seen.push(item)
    if (seen.length === upTo) break
  }
  return seen
}
const converse: Read = async (client, upTo = Number.POSITIVE_INFINITY) =>
  readSome((await client.send(new ConverseStreamCommand(question))).stream, upTo)
const invoke: Read = async (client, upTo = Number.POSITIVE_INFINITY) =>
  readSome((await client.send(new InvokeModelWithResponseStreamCommand(invocation))).body, upTo)

/** Everything on the tape, with all encodings decoded. */
function onTape(): string {
  const { chunks = [], ...rest } = valueOf(tape.call.output) as { chunks?: string[] }
  const bytes = Buffer.concat(chunks.map(one => Buffer.from(one, 'base64'))).toString()
  const inner = [...bytes.matchAll(/"bytes":"([^"]*)/g)].map(([, one = '']) =>
    Buffer.from(one, 'base64').toString(),
  )
  return JSON.stringify([tape.call, rest, bytes, inner])
}

const named: [string, Read, Uint8Array[], number?][] = [
  [
    'the trace of a guardrail',
    converse,
    [
      ...textEvents('a').slice(0, -1),
      event('metadata', {
        usage: {},
        metrics: {},
        trace: { guardrail: { inputAssessment: { x: {} }, password: secret } },
      }),
    ],
  ],
  [
    'an event that the SDK does not know',
    converse,
    [...textEvents('a'), event('later', { api_key: secret })],
  ],
  [
    'a field that the SDK does not know',
    converse,
    [event('messageStart', { role: 'assistant', api_key: secret })],
  ],
  [
    'an exception',
    converse,
    [event('messageStart', { role: 'assistant' }), exceptionWith({ message: 'no', password: secret })],
  ],
  ['a tool whose arguments were cut off', converse, [tool(0, '{"password":"s3cr-'), tool(0, 'et-9')]],
  [
    'interleaved tool arguments',
    converse,
    [tool(0, '{"password":"s3cr-'), tool(1, '{"a":1'), tool(0, 'et-9"}'), tool(1, '}')],
  ],
  [
    'events that were not read',
    converse,
    [
      event('messageStart', { role: 'assistant' }),
      tool(0, '{"pass'),
      tool(0, 'word":"s3cr-'),
      tool(0, 'et-9"}'),
    ],
    1,
  ],
  [
    'an incomplete frame',
    converse,
    [
      event('messageStart', { role: 'assistant' }),
      tool(0, `{"password":"${secret}","more":"x"}`).slice(0, -24),
    ],
  ],
  [
    'a name that the end cuts off',
    converse,
    [
      event('messageStart', { role: 'assistant' }),
      tool(0, '{"pass'),
      tool(0, `word":"${secret}","more":"xxxx"}`).slice(0, -26),
    ],
  ],
  ['a field next to the bytes', invoke, [event('chunk', { bytes: 'e30=', api_key: secret })]],
  ['a field around bytes', converse, [event('later', { api_key: secret, image: { bytes: 'AQID' } })]],
  ['a field of a vendor', invoke, [chunk({ generation: 'a' }), chunk({ session: { password: secret } })]],
  ['metrics of an invocation', invoke, [chunk({ 'amazon-bedrock-invocationMetrics': { api_key: secret } })]],
  [
    'interleaved arguments of a vendor’s tools',
    invoke,
    [
      vendor(0, { type: 'input_json_delta', partial_json: '{"password":"s3cr-' }),
      vendor(1, { type: 'input_json_delta', partial_json: '{"a":' }),
      vendor(0, { type: 'input_json_delta', partial_json: 'et-9"}' }),
    ],
  ],
  [
    'arguments of calls in choices',
    invoke,
    [call(0, '{"pass'), call(1, '{'), call(0, 'word":"s3cr-'), call(0, 'et-9"}')],
  ],
  ['arguments of calls of Nova', invoke, [nova(0, '{"pass'), nova(0, 'word":"s3cr-'), nova(0, 'et-9"}')]],
  ['a chunk of several lines', invoke, [chunk(`{"a":1}\n{"password":"${secret}"}`)]],
  [
    'an incomplete chunk',
    invoke,
    [chunk({ generation: 'a' }), chunk({ password: secret, more: 'x'.repeat(40) }).slice(0, -20)],
  ],
]

function exceptionWith(body: object): Uint8Array {
  const text = JSON.stringify(body)
  // The same length as its message, so only the payload differs.
  return exception('modelStreamErrorException', 'x') && event('modelStreamErrorException', text)
}

test.each(named)(
  'with a secret in %s is withheld, and the application sees it unchanged',
  async (_, read, frames, upTo) => {
    // The unread rest has arrived nevertheless.
    const pieces = upTo ? [Buffer.concat(frames)] : frames
    const bare = await read(
      cannedClient(() => ({ pieces })),
      upTo,
    )
    const seen = await read(
      tappedClient(() => ({ pieces })),
      upTo,
    )
    expect(seen).toEqual(bare)
    expect(onTape()).not.toMatch(/s3cr-|et-9/)
    expect(valueOf(tape.call.output)).toMatchObject({ withheld: true })
  },
)

const split = (make: (text: string) => Uint8Array) => [make(`a ${half}`), make(`${otherHalf} b`)]
const hooked: typeof named = [
  ['the text', converse, split(text => delta(0, { text }))],
  ['text that was not read', converse, split(text => delta(0, { text })), 1],
  ['an event that the SDK does not know', converse, [event('later', { note: secret })]],
  [
    'metadata',
    converse,
    [
      event('metadata', {
        usage: {},
        metrics: {},
        trace: { promptRouter: { invokedModelId: 'm' }, note: secret },
      }),
    ],
  ],
  ['the text of a vendor', invoke, split(generation => chunk({ generation }))],
  ['unknown data of a vendor', invoke, split(note => chunk({ note }))],
]
test.each(hooked)('with something that a hook redacts in %s is withheld', async (_, read, frames, upTo) => {
  // The unread rest has arrived nevertheless.
  const pieces = upTo ? [Buffer.concat(frames)] : frames
  configureTracing({ sink: tape, redact: hide })
  const bare = await read(
    cannedClient(() => ({ pieces })),
    upTo,
  )
  expect(
    await read(
      tappedClient(() => ({ pieces })),
      upTo,
    ),
  ).toEqual(bare)
  expect(onTape()).not.toContain(secret)
  expect(onTape()).not.toMatch(/s3cr-.*et-9/)
  expect(valueOf(tape.call.output)).toMatchObject({ withheld: true })
})

test.each([undefined, hide])(
  'without any secret is stored, even if its text is about secrets',
  async redact => {
    configureTracing({ sink: tape, ...(redact && { redact }) })
    const pieces = textEvents('Say {"password":', ' "your own"}', ' \\ "or \u00e9 not"')
    await converse(tappedClient(() => ({ pieces })))
    expect(valueOf(tape.call.output)).toMatchObject({ chunks: [Buffer.concat(pieces).toString('base64')] })
    expect(tape.call.output).not.toHaveProperty('redacted')
  },
)

test('stores nothing if outputs are not captured, however it ends', async () => {
  configureTracing({ sink: tape, capture: { input: false, output: false } })
  for (const error of [undefined, new Error('reset')])
    for (const upTo of [1, Number.POSITIVE_INFINITY]) {
      const pieces = textEvents(secret)
      await converse(
        tappedClient(() => ({ pieces, ...(error && { error }) })),
        upTo,
      )
    }
  expect(tape.calls.map(({ output }) => output)).toEqual(
    tape.calls.map(() => ({ json: '"[redacted]"', redacted: ['$'] })),
  )
  expect(JSON.stringify(tape.calls)).not.toContain(secret)
})
