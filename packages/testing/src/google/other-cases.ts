import { inTurn } from '../host/replies.ts'
import { collect, outcome, question } from './observations.ts'
import { answerOf, type Behaviour, readStream, withoutDates } from './observe.ts'
import { chunks, generated, json, stream, text } from './replies.ts'

const ok = json(generated([text('ok')]))

export const otherCases: readonly Behaviour[] = [
  {
    title: 'a token count, which calls no model',
    reply: json({ totalTokens: 14 }),
    observe: client => outcome(client.models.countTokens(question).then(withoutDates)),
  },
  {
    title: 'models, caches, files and batches',
    reply: (response, { path, method }, index) => {
      const item = { name: 'items/1', model: 'models/m', state: 'ACTIVE', path: `${method} ${path}` }
      const list = { models: [item], cachedContents: [item], files: [item], batches: [] }
      return json({ ...item, ...list, file: item })(response, {} as never, index)
    },
    observe: async client => [
      (await client.models.list()).page,
      await client.models.get({ model: 'm' }),
      withoutDates(await client.caches.create({ model: 'm', config: { contents: 'Lang.', ttl: '60s' } })),
      (await client.caches.list()).page,
      await client.files.get({ name: 'files/1' }),
      (await client.files.list()).page,
    ],
  },
  {
    title: 'a file upload in two requests',
    reply: (response, { headers }) => {
      const command = headers['x-goog-upload-command']
      const url = `http://${headers.host}/upload/1`
      const next = command === 'start' ? { 'x-goog-upload-url': url } : { 'x-goog-upload-status': 'final' }
      response.writeHead(200, { 'content-type': 'application/json', ...next })
      response.end(JSON.stringify({ file: { name: 'files/1' } }))
    },
    observe: client =>
      outcome(client.files.upload({ file: new Blob(['Hi']), config: { mimeType: 'text/plain' } })),
  },
  {
    title: 'the client: its class, fields and parts',
    reply: ok,
    observe: async (client, { GoogleGenAI }) => {
      const parts = [client.models, client.chats, client.caches, client.files, client.live, client.tunings]
      const isOne = client instanceof GoogleGenAI
      return [
        isOne,
        client.vertexai,
        Object.keys(client),
        parts.map(part => part.constructor.name),
        await answerOf(client),
      ]
    },
  },
  {
    title: 'Vertex with a key',
    reply: inTurn(
      ok,
      stream(...chunks(text('a'), text('b'))),
      json({
        predictions: [{ embeddings: { values: [1], statistics: { token_count: 3, truncated: false } } }],
      }),
    ),
    options: () => ({ vertexai: true, apiKey: 'the-key' }),
    observe: async client => [
      await answerOf(client),
      await readStream(client),
      await outcome(
        client.models.embedContent({ model: 'text-embedding-005', contents: 'a' }).then(withoutDates),
      ),
    ],
  },
  {
    title: 'Vertex with a project and Google’s own authorization',
    reply: inTurn(ok, stream(...chunks(text('a')))),
    options: () => ({
      vertexai: true,
      apiKey: undefined,
      project: 'project-1',
      location: 'europe-west4',
      googleAuthOptions: {
        authClient: { getRequestHeaders: async () => new Headers({ authorization: 'Bearer token-1' }) },
      },
    }),
    observe: async client => [await answerOf(client), await readStream(client)],
  },
  {
    title: 'a long wait for an answer, without Node’s default limits',
    reply: ok,
    observe: async client => {
      const limits: unknown[] = []
      const restore = watchDispatcher(options => limits.push(options))
      try {
        return [await answerOf(client), limits]
      } finally {
        restore()
      }
    },
  },
  {
    title: 'a fetch of the application, for the client and for one request',
    needs: 'fetch',
    reply: ok,
    options: () => ({ httpOptions: { fetch: fetchOfTheApplication('client') } }),
    observe: async client => {
      const config = { httpOptions: { fetch: fetchOfTheApplication('request') } }
      return [
        await answerOf(client),
        await outcome(client.models.generateContent({ ...question, config }).then(withoutDates)),
        withoutDates(await collect(await client.models.generateContentStream({ ...question, config }))),
        await answerOf(client),
      ]
    },
  },
  {
    title: 'an interaction',
    needs: 'voices',
    reply: json({
      id: 'interaction-1',
      object: 'interaction',
      model: 'gemini-test',
      status: 'completed',
      steps: [{ type: 'model_output', content: [{ type: 'text', text: 'ok' }] }],
      usage: { total_input_tokens: 20, total_output_tokens: 5, total_thought_tokens: 4, total_tokens: 29 },
    }),
    observe: async client => {
      const { id, status, usage } = await client.interactions.create({ model: 'gemini-test', input: 'Hi' })
      return { id, status, usage }
    },
  },
]

const dispatcher = Symbol.for('undici.globalDispatcher.1')

interface Dispatcher {
  dispatch(options: { headersTimeout?: number; bodyTimeout?: number }, handler: unknown): boolean
}

// The SDK removes Node's five-minute limits from its requests, unless they use a fetch of the application.
function watchDispatcher(heard: (limits: unknown) => void): () => void {
  // Makes Node load the module that sets it.
  new Headers()
  const place = globalThis as unknown as Record<symbol, Dispatcher>
  const before = place[dispatcher] as Dispatcher
  const dispatch: Dispatcher['dispatch'] = (options, handler) => {
    heard([options.headersTimeout, options.bodyTimeout])
    return before.dispatch(options, handler)
  }
  place[dispatcher] = new Proxy(before, {
    get: (target, name) => (name === 'dispatch' ? dispatch : Reflect.get(target, name)),
  })
  return () => {
    place[dispatcher] = before
  }
}

// A strict fetch: it can only be called without a receiver.
const fetchOfTheApplication = (name: string) =>
  async function ownFetch(this: unknown, input: string | URL | Request, init?: RequestInit) {
    if (this !== undefined) throw new TypeError('Illegal invocation')
    const headers = new Headers(init?.headers)
    headers.set('x-own', name)
    return fetch(input, { ...init, headers })
  }
