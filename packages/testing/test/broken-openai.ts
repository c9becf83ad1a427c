import OpenAI, { type APIPromise } from 'openai'

type Create = (...args: unknown[]) => unknown

/** The client with a wrapped `chat.completions.create`, behind proxies for the SDK's objects. */
function withCreate(client: OpenAI, wrap: (create: Create) => Create): object {
  const { completions } = client.chat
  const wrapped = wrap((...args) => Reflect.apply(completions.create, completions, args))
  const create: Create = (...args) => settledQuietly(wrapped(...args))
  return overlay(client, { chat: overlay(client.chat, { completions: overlay(completions, { create }) }) })
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

const askingForUsage: typeof fetch = (input, init) => {
  const body = typeof init?.body === 'string' && init.body.startsWith('{') ? JSON.parse(init.body) : {}
  if (!body.stream || !String(input).endsWith('/chat/completions')) return fetch(input, init)
  return fetch(input, { ...init, body: JSON.stringify({ ...body, stream_options: { include_usage: true } }) })
}

/** Reads the whole body before passing it on. */
const readingAhead: typeof fetch = async (input, init) => {
  const { status, statusText, headers, ...response } = await fetchHeld(input, init)
  return new Response(response.bytes, { status, statusText, headers })
}

async function fetchHeld(...args: Parameters<typeof fetch>) {
  const { status, statusText, headers, body } = await fetch(...args)
  const bytes = body && (await new Response(body).arrayBuffer())
  return { status, statusText, headers, bytes }
}

/** A wrapper of the client with one defect, and the cases that must detect it. */
export interface BrokenWrapper {
  readonly does: string
  instrument(client: OpenAI): object
  /** Titles of cases. */
  readonly breaks: readonly string[]
  /** Cases that wait until their time limit with this defect; skipped. */
  readonly hangs?: RegExp
}

export const brokenWrappers: readonly BrokenWrapper[] = [
  {
    does: 'turns a stream into a bare generator',
    instrument: client =>
      withCreate(client, create => async (...args) => {
        const answer = await create(...args)
        return isStream(answer) ? bare(answer) : answer
      }),
    breaks: ['tee', 'toReadableStream', 'an early break', 'an abort in the middle of a stream'],
  },
  {
    does: 'returns a plain promise instead of the SDK’s own',
    instrument: client =>
      withCreate(
        client,
        create =>
          async (...args) =>
            create(...args),
      ),
    breaks: ['withResponse', 'the promise of an answer: its class and its methods'],
  },
  {
    does: 'reads the response of asResponse',
    instrument: client =>
      withCreate(client, create => (...args) => {
        const answer = create(...args) as APIPromise<unknown>
        const inner = answer.asResponse.bind(answer)
        const asResponse = async () => {
          const response = await inner()
          await response.text()
          return response
        }
        return Object.assign(answer, { asResponse })
      }),
    breaks: ['asResponse and its body as text, as bytes and as a clone'],
  },
  {
    does: 'passes on the usage chunk that it requested itself',
    instrument: client => client.withOptions({ fetch: askingForUsage }),
    breaks: ['a stream', 'a stream with usage disabled by the application', 'tee', 'lines ending with CR LF'],
  },
  {
    does: 'swallows an error',
    instrument: client =>
      withCreate(client, create => async (...args) => {
        try {
          return await create(...args)
        } catch {
          return { choices: [] }
        }
      }),
    breaks: ['status 400', 'status 429 after every retry', 'an answer that takes too long'],
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
    instrument: client => {
      const twice: typeof fetch = async (input, init) => {
        const first = await fetch(input, init)
        if (first.status !== 400) return first
        await first.body?.cancel()
        return fetch(input, init)
      }
      return client.withOptions({ fetch: twice })
    },
    breaks: ['status 400'],
  },
  {
    does: 'reads a stream to its end before passing it on',
    instrument: client => client.withOptions({ fetch: readingAhead }),
    breaks: ['a connection that breaks in the middle of a stream', 'withResponse'],
    hangs: /an early break|an abort in the middle/,
  },
  {
    does: 'returns another client',
    instrument: ({ baseURL }) => new OpenAI({ apiKey: 'sk-other', baseURL, maxRetries: 5, timeout: 1234 }),
    breaks: ['the client: its class, its options, and a client derived from it'],
  },
]
