import Anthropic from '@anthropic-ai/sdk'

/** A wrapper of the client with one defect, and the cases that must detect it. */
interface BrokenWrapper {
  readonly does: string
  instrument(client: Anthropic): object
  /** Titles of cases. */
  readonly breaks: readonly string[]
  /** Cases that wait until their time limit with this defect; skipped. */
  readonly hangs?: RegExp
}

type Create = (...args: unknown[]) => unknown

/** The client with a wrapped `messages.create`, behind proxies for the SDK's objects. */
function withCreate(client: Anthropic, wrap: (create: Create) => Create): object {
  const { messages } = client
  const wrapped = wrap((...args) => Reflect.apply(messages.create, messages, args))
  const create: Create = (...args) => settledQuietly(wrapped(...args))
  return overlay(client, { messages: overlay(messages, { create }) })
}

const overlay = <T extends object>(target: T, members: Record<PropertyKey, unknown>): T =>
  new Proxy(target, { get: (_, name) => (name in members ? members[name] : memberOf(target, name)) })

function memberOf(target: object, name: PropertyKey): unknown {
  const member: unknown = Reflect.get(target, name)
  const isMethod = typeof member === 'function' && name !== 'constructor'
  return isMethod ? member.bind(target) : member
}

// A call started by a case that then fails on a missing method rejects when its host closes.
function settledQuietly(promise: unknown): unknown {
  if (promise instanceof Promise) promise.catch(() => {})
  return promise
}

async function* bare(stream: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  yield* stream
}

const isStream = (answer: unknown): answer is AsyncIterable<unknown> =>
  typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer

/** A `fetch` that changes each response. */
const changing =
  (change: (response: Response) => Promise<Response>): typeof fetch =>
  async (input, init) =>
    change(await fetch(input, init))

async function rewritten(response: Response, change: (text: string) => string): Promise<Response> {
  const { status, statusText, headers } = response
  const text = change(await response.text())
  return new Response(status === 204 ? null : text, { status, statusText, headers })
}

export const brokenWrappers: readonly BrokenWrapper[] = [
  {
    does: 'turns a stream into a bare generator',
    instrument: client =>
      withCreate(client, create => async (...args) => {
        const answer = await create(...args)
        return isStream(answer) ? bare(answer) : answer
      }),
    breaks: ['tee', 'toReadableStream', 'an early break'],
    hangs: /an abort in the middle/,
  },
  {
    does: 'drops the pings of a stream',
    instrument: client =>
      client.withOptions({
        fetch: changing(response => rewritten(response, text => text.replace(/event: ping\n.*\n\n/, ''))),
      }),
    breaks: ['the raw bytes of a stream, with pings and padding'],
    hangs: /early break|an abort/,
  },
  {
    does: 'replaces the error with its own',
    instrument: client =>
      withCreate(client, create => async (...args) => {
        try {
          return await create(...args)
        } catch (cause) {
          throw new Error('The call failed.', { cause })
        }
      }),
    breaks: ['status 400', 'a connection that breaks before the answer', 'an abort before the answer'],
  },
  {
    does: 'sends one request more than the application',
    instrument: client =>
      client.withOptions({
        fetch: async (input, init) => {
          const first = await fetch(input, init)
          return first.status === 400 ? fetch(input, init) : first
        },
      }),
    breaks: ['status 400', 'a failure of the stream helper'],
  },
  {
    does: 'replaces the application’s fetch with its own',
    instrument: client =>
      client.withOptions({ fetch: (input, init) => fetch(input, { ...init, headers: {} }) }),
    breaks: ['create', 'the beta namespace, with its headers and its query'],
  },
  {
    does: 'calls the application’s fetch as a method',
    instrument: client => {
      const { fetch: inner } = client as unknown as { fetch: typeof fetch }
      const holder = { inner }
      return client.withOptions({ fetch: (input, init) => holder.inner(input, init) })
    },
    breaks: ['a fetch of the application'],
  },
  {
    does: 'returns another client',
    instrument: ({ baseURL }) => new Anthropic({ apiKey: 'sk-other', baseURL, maxRetries: 5, timeout: 1234 }),
    breaks: [
      'the client: its class, its options, and a client derived from it',
      'middleware of the application that observes and repeats requests',
    ],
  },
]
