import { inTurn } from '../host/replies.ts'
import { collect, outcome, question } from './observations.ts'
import { answerOf, type Behaviour, readStream, soon } from './observe.ts'
import { failure, json, message, stream, text, textEvents } from './replies.ts'

const ok = json(message([text('ok')]))
const { max_tokens: _, ...counted } = question

export const otherCases: readonly Behaviour[] = [
  {
    title: 'a token count, which calls no model',
    reply: json({ input_tokens: 14 }),
    observe: async client => [
      await outcome(client.messages.countTokens(counted)),
      await outcome(client.beta.messages.countTokens(counted)),
    ],
  },
  {
    title: 'batches: created, listed, canceled, and their results line by line',
    reply: (response, seen, index) => {
      const batch = {
        id: 'msgbatch_1',
        type: 'message_batch',
        results_url: `http://${seen.headers.host}/v1/messages/batches/msgbatch_1/results`,
      }
      const result = { custom_id: 'a', result: { type: 'succeeded', message: message([text('ok')]) } }
      if (seen.path.endsWith('/results'))
        return void response
          .writeHead(200, { 'content-type': 'application/x-jsonl' })
          .end(`${JSON.stringify(result)}\n`)
      const list = { data: [batch], has_more: false, first_id: null, last_id: null }
      return json(seen.method === 'GET' && !/msgbatch/.test(seen.path) ? list : batch)(response, seen, index)
    },
    observe: async client => [
      await client.messages.batches.create({ requests: [{ custom_id: 'a', params: question }] }),
      (await client.messages.batches.list()).data,
      await client.messages.batches.cancel('msgbatch_1'),
      await collect(await client.messages.batches.results('msgbatch_1')),
    ],
  },
  {
    title: 'the list of models',
    reply: json({ data: [{ id: 'claude-test', type: 'model' }], has_more: false }),
    observe: async client => [(await client.models.list()).data, await client.models.retrieve('claude-test')],
  },
  {
    title: 'the client: its class, its options, and a client derived from it',
    reply: ok,
    observe: async (client, { Anthropic }) => {
      const { baseURL, maxRetries, timeout, apiKey, authToken } = client
      const derived = client.withOptions({ timeout: 4000, maxRetries: 0 })
      const seen = [
        derived instanceof Anthropic,
        derived.timeout,
        derived.maxRetries,
        await answerOf(derived),
      ]
      const isOne = client instanceof Anthropic
      return { isOne, path: new URL(baseURL).pathname, maxRetries, timeout, apiKey, authToken, derived: seen }
    },
  },
  {
    title: 'a token instead of a key, with headers and a query of the application',
    reply: ok,
    options: () => ({
      apiKey: null,
      authToken: 'token-1',
      defaultHeaders: { 'x-team': 'desk' },
      defaultQuery: { tier: 'a' },
    }),
    observe: async client => [
      await answerOf(client),
      await outcome(
        client.messages.create(question, { headers: { 'anthropic-beta': 'b1' }, query: { q: '1' } }),
      ),
    ],
  },
  {
    title: 'a base URL with a path',
    reply: ok,
    observe: client => answerOf(client.withOptions({ baseURL: `${client.baseURL}/proxy/anthropic` })),
  },
  {
    title: 'tokens fetched by a function of the application',
    needs: 'credentials',
    reply: inTurn(failure(401, 'expired'), ok),
    options: () => {
      let tokens = 0
      return { apiKey: null, credentials: async () => ({ token: `token-${++tokens}`, expiresAt: null }) }
    },
    observe: async client => [await answerOf(client), await answerOf(client)],
  },
  {
    title: 'middleware of the application that observes and repeats requests',
    needs: 'middleware',
    reply: inTurn(failure(400, 'no'), ok, stream(...textEvents('a'))),
    options: () => ({ middleware: [askAgain] }),
    observe: async client => [await answerOf(client), await readStream(client)],
  },
  {
    title: 'a fetch of the application',
    reply: inTurn(failure(500, 'no', soon), ok),
    options: () => ({ fetch: fetchOfTheApplication }),
    observe: answerOf,
  },
]

type Next = (request: Request) => Promise<Response>

async function askAgain(request: Request, next: Next): Promise<Response> {
  const response = await next(request)
  return response.ok ? response : next(request)
}

// A strict fetch: it can only be called without a receiver.
async function fetchOfTheApplication(this: unknown, input: string | URL | Request, init?: RequestInit) {
  if (this !== undefined) throw new TypeError('Illegal invocation')
  const headers = new Headers(init?.headers)
  headers.set('x-own', 'yes')
  return fetch(input, { ...init, headers })
}
