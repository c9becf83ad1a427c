import { ConverseCommand, ConverseStreamCommand, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime'
import { memorySink, replayCalls } from '@runtape/testing'
import { converseAnswer, invocation, question, textEvents } from '@runtape/testing/bedrock'
import { configureTracing, traced } from '@runtape/trace'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Canned, cannedClient, tappedClient } from './canned.ts'
import { valueOf } from './value-of.ts'

const tape = memorySink()
beforeEach(() => {
  tape.clear()
  configureTracing({ sink: tape })
})
afterEach(() => {
  vi.restoreAllMocks()
  configureTracing(undefined)
})

type Client = ReturnType<typeof cannedClient>
const secret = 's3cr-et-9'
const bodyOf = async (client: Client, body?: string) =>
  (
    await client.send(new InvokeModelCommand({ ...invocation, ...(body !== undefined && { body }) }))
  ).body.transformToString()
const answer = (text: string | Uint8Array, more: Partial<Canned> = {}): Canned => ({
  pieces: [Buffer.from(text)],
  ...more,
})

test('a body that is too deep to serialize is passed, stored and replayed unchanged', async () => {
  const deep = '['.repeat(20_000) + ']'.repeat(20_000)
  const client = tappedClient(() => answer(deep))
  expect(await bodyOf(client, deep)).toBe(deep)
  expect(tape.call).toMatchObject({ status: 'ok' })
  expect(valueOf(tape.call.output)).toMatchObject({ text: deep })
  const { result } = await replayCalls(
    tape.calls,
    traced('test.ask', () => bodyOf(client, deep)),
  )
  expect(result).toBe(deep)
})

test.each([
  [
    'JSON with bytes that are not text',
    Buffer.concat([Buffer.from(`{"password":"${secret}","x":"`), Buffer.of(255), Buffer.from('"}')]),
  ],
  ['JSON with blanks', Buffer.from(`{ "password" : "${secret}" }`)],
  ['JSON in several lines', Buffer.from(`{"a":1}\n{"password":"${secret}"}`)],
  ['JSON that broke off', Buffer.from(`{"password":"${secret}`)],
  ['JSON that tells a field twice', Buffer.from(`{"password":"${secret}","password":""}`)],
  ['JSON within JSON', Buffer.from(JSON.stringify({ body: JSON.stringify({ api_key: secret }) }))],
])('a body that is %s is stored without its secret', async (_, bytes) => {
  expect(await bodyOf(tappedClient(() => answer(bytes)))).toContain(secret)
  const { base64 = '' } = valueOf(tape.call.output) as { base64?: string }
  expect(tape.call.output?.json + Buffer.from(base64, 'base64').toString()).not.toContain(secret)
})

test.each([
  undefined,
  (_: string, value: unknown) => (typeof value === 'string' ? value.replaceAll(secret, '') : value),
])('a request body of several lines, also of bytes, is stored without its secret', async redact => {
  configureTracing({ sink: tape, ...(redact && { redact }) })
  const body = Buffer.from(`{"a":1}\n{"password":"${secret}"}`)
  for (const asked of [body, body.toString()])
    await tappedClient(() => answer('{}')).send(new InvokeModelCommand({ ...invocation, body: asked }))
  expect(tape.calls).toHaveLength(2)
  expect(JSON.stringify(tape.calls)).not.toContain(secret)
  for (const { input } of tape.calls) {
    const [{ body: kept } = {}] = valueOf(input) as { body?: Uint8Array | string }[]
    expect(Buffer.from(kept ?? '').toString()).toMatch(/^\{"a":1\}\n/)
    expect(Buffer.from(kept ?? '').toString()).not.toContain(secret)
  }
})

test('a body that is not text is stored unchanged if it has no secret, also with a hook', async () => {
  const bytes = Buffer.from([1, 2, 255, 254])
  for (const redact of [undefined, (_: string, value: unknown) => value]) {
    configureTracing({ sink: tape, ...(redact && { redact }) })
    await bodyOf(tappedClient(() => answer(bytes)))
    expect(valueOf(tape.calls.at(-1)?.output)).toMatchObject({ base64: bytes.toString('base64') })
  }
})

test('headers in which a gateway forwards secrets are not stored', async () => {
  const headers = {
    'x-amzn-requestid': 'req-1',
    'x-amzn-remapped-authorization': secret,
    'x-amzn-remapped-set-cookie': secret,
    'x-amzn-waf-token': secret,
    'set-cookie': secret,
    'x-amzn-bedrock-input-token-count': '7',
  }
  const client = tappedClient(() => answer(JSON.stringify(converseAnswer('ok')), { headers }))
  await client.send(new ConverseCommand(question))
  expect(JSON.stringify(tape.records)).not.toContain(secret)
  expect(valueOf(tape.call.output)).toMatchObject({
    headers: { 'x-amzn-requestid': 'req-1', 'x-amzn-bedrock-input-token-count': '7' },
  })
})

const uses: [string, (stream: AsyncIterable<unknown>) => Promise<unknown>][] = [
  [
    'with two alternating iterators',
    async stream => {
      const [one, two] = [stream[Symbol.asyncIterator](), stream[Symbol.asyncIterator]()]
      return [await one.next(), await two.next(), await one.next(), await two.next()]
    },
  ],
  [
    'again after its end',
    async stream => {
      const all = []
      for (let round = 0; round < 2; round++) for await (const event of stream) all.push(event)
      return all
    },
  ],
  [
    'beyond its end',
    async stream => {
      const steps = stream[Symbol.asyncIterator]()
      const all = []
      for (let index = 0; index < 9; index++) all.push(await steps.next())
      return all
    },
  ],
  [
    'and returned, then read further',
    async stream => {
      const steps = stream[Symbol.asyncIterator]()
      return [await steps.next(), await steps.return?.('x'), await steps.next()]
    },
  ],
  [
    'and whose iterator throws',
    async stream => {
      const steps = stream[Symbol.asyncIterator]()
      const told = await Promise.resolve(steps.throw?.(new Error('mine'))).catch(String)
      return [typeof steps.throw, told]
    },
  ],
  [
    'with several concurrent next() calls',
    async stream => {
      const steps = stream[Symbol.asyncIterator]()
      return Promise.all([steps.next(), steps.next(), steps.next()])
    },
  ],
  [
    'and its events changed by their reader',
    async stream => {
      const all = []
      for await (const event of stream) {
        all.push(JSON.stringify(event))
        for (const key of Object.keys(event as object)) delete (event as Record<string, unknown>)[key]
      }
      return all
    },
  ],
  [
    'and its reader fails',
    async stream => {
      try {
        for await (const _ of stream) throw new Error('mine')
      } catch (error) {
        return String(error)
      }
    },
  ],
]
test.each(uses)('a stream that is read %s behaves as without a tap, and is one span', async (_, use) => {
  const observe = async (client: Client) => {
    const { stream } = await client.send(new ConverseStreamCommand(question))
    return stream && use(stream).catch(String)
  }
  const canned = { pieces: textEvents('a', 'b') }
  const bare = await observe(cannedClient(() => canned))
  expect(await observe(tappedClient(() => canned))).toEqual(bare)
  expect(tape.calls.length).toBeLessThan(2)
})

test.each([
  [
    'an error whose name cannot be read',
    () => Object.defineProperty(new Error('mine'), 'name', { get: fails }),
  ],
  [
    'an error whose metadata cannot be read',
    () => Object.defineProperty(new Error('mine'), '$metadata', { get: fails }),
  ],
  ['no error at all', () => undefined],
  ['a frozen error', () => Object.freeze(new Error('mine'))],
])('the application receives what middleware throws (%s), and the span ends', async (_, make) => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  const thrown = make()
  const own = () => async () => {
    throw thrown
  }
  const observe = async (client: Client) => {
    client.middlewareStack.add(own, { step: 'build', name: 'own' })
    const got = await client.send(new ConverseCommand(question)).then(fails, (error: unknown) => error)
    return got === thrown ? 'the same' : (got as Error).message
  }
  const bare = await observe(cannedClient(() => answer('{}')))
  expect(await observe(tappedClient(() => answer('{}')))).toBe(bare)
  expect(tape.calls.map(({ status }) => status)).toEqual(['error'])
})

function fails(): never {
  throw new Error('ours')
}
