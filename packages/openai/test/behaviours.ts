import type OpenAI from 'openai'
import type { APIError } from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions'
import { z } from 'zod'
import {
  breakAfter,
  chunk,
  completion,
  events,
  failure,
  hang,
  inTurn,
  json,
  type Reply,
  reset,
  send,
  stream,
  textChunks,
  toolCall,
} from './fake-openai.ts'

/** What an application does with the SDK, and what it sees of it. */
export interface Behaviour {
  readonly title: string
  readonly reply: Reply
  see(client: OpenAI): Promise<unknown>
}

export const question: ChatCompletionCreateParamsNonStreaming = {
  model: 'gpt-test',
  messages: [{ role: 'user', content: 'Wie spät ist es?' }],
}
export const streamed = { ...question, stream: true } as const
/** For a host that refuses `stream_options`. */
export const refusing = { ...streamed, model: 'gpt-refusing' }
// Two retries, with waits of a millisecond.
const soon = { 'retry-after-ms': '1' }

/** What an application can tell of an error. */
export function errorSeen(error: unknown): unknown {
  const { name, constructor, message, status, code, type, requestID, cause } = error as APIError
  const because = cause instanceof Error ? `${cause.name}: ${cause.message}` : cause
  return { class: constructor.name, name, message, status, code, type, requestID, because }
}

export async function outcome<T>(promise: PromiseLike<T>): Promise<unknown> {
  try {
    return { value: await promise }
  } catch (error) {
    return { error: errorSeen(error) }
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<{ items: T[]; error?: unknown }> {
  const seen: T[] = []
  try {
    for await (const item of items) seen.push(item)
  } catch (error) {
    return { items: seen, error: errorSeen(error) }
  }
  return { items: seen }
}

const pieces =
  (cut: (text: string) => (string | Uint8Array)[], lineEnd = '\n', ...chunks: object[]): Reply =>
  (response, seen) =>
    send(response, cut(events(chunks, seen, lineEnd).join('')))

const cutBytes = (size: number) => (text: string) => {
  const bytes = Buffer.from(text)
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )
}

const readStream = async (client: OpenAI) => collect(await client.chat.completions.create(streamed))
const answerOf = (client: OpenAI) => outcome(client.chat.completions.create(question))
const answerOrStream = async (client: OpenAI) => ({
  whole: await answerOf(client),
  streamed: await readStream(client).catch(errorSeen),
})

const weather = { city: 'Bern' }
const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: {} } }]
const toolChunks = [
  chunk({ role: 'assistant', content: null }),
  chunk({
    tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }],
  }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
  chunk({
    tool_calls: [
      { index: 1, id: 'call_2', type: 'function', function: { name: 'weather', arguments: '{}' } },
    ],
  }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '"Bern"}' } }] }),
  chunk({}, 'tool_calls'),
]

const asking: Behaviour[] = [
  { title: 'create', reply: json(completion('Halb zwölf.')), see: answerOf },
  {
    title: 'the request id on the answer',
    reply: json(completion('ok')),
    see: async client => (await client.chat.completions.create(question))._request_id,
  },
  {
    title: 'withResponse',
    reply: json(completion('ok'), 200, { 'openai-processing-ms': '12' }),
    see: async client => {
      const { data, response, request_id } = await client.chat.completions.create(question).withResponse()
      const { status, statusText, ok, redirected, type, bodyUsed, headers } = response
      const { date, ...rest } = Object.fromEntries(headers)
      return {
        data,
        status,
        statusText,
        ok,
        redirected,
        type,
        bodyUsed,
        rest,
        request_id,
        path: pathOf(response),
      }
    },
  },
  {
    title: 'asResponse and its body as text, as bytes and as a clone',
    reply: json(completion('ok')),
    see: async client => {
      const ask = () => client.chat.completions.create(question).asResponse()
      const clone = (await ask()).clone()
      return [
        await (await ask()).text(),
        await (await ask()).json(),
        (await (await ask()).arrayBuffer()).byteLength,
        await clone.text(),
        pathOf(clone),
        (await ask()) instanceof Response,
      ]
    },
  },
  {
    title: 'parse with a zod schema',
    reply: json(completion('{"hour":11,"minute":30}')),
    see: async client => {
      const response_format = zodResponseFormat(z.object({ hour: z.number(), minute: z.number() }), 'time')
      const answer = await client.chat.completions.parse({ ...question, response_format })
      return answer.choices[0]?.message.parsed
    },
  },
  {
    title: 'runTools',
    reply: inTurn(
      json(completion(null, { tool_calls: [toolCall('call_1', 'weather', weather)] })),
      json(completion('Sunny.')),
    ),
    see: async client => {
      const asked: unknown[] = []
      const runner = client.chat.completions.runTools({
        ...question,
        tools: [
          {
            type: 'function',
            function: {
              name: 'weather',
              description: '',
              parameters: {},
              parse: JSON.parse,
              function: (args: object) => {
                asked.push(args)
                return 'sunny'
              },
            },
          },
        ],
      })
      return { content: await runner.finalContent(), usage: await runner.totalUsage(), asked }
    },
  },
  {
    title: 'several choices, tool calls in parallel, log probabilities and image input',
    reply: json({
      ...completion(null),
      choices: [0, 1].map(index => ({
        index,
        message: {
          role: 'assistant',
          content: `choice ${index}`,
          refusal: null,
          tool_calls: [
            toolCall(`call_${index}_1`, 'weather', weather),
            toolCall(`call_${index}_2`, 'weather', {}),
          ],
        },
        logprobs: {
          content: [{ token: 'choice', logprob: -0.1, bytes: null, top_logprobs: [] }],
          refusal: null,
        },
        finish_reason: 'stop',
      })),
    }),
    see: client => {
      const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
      return outcome(
        client.chat.completions.create({
          ...question,
          messages: [{ role: 'user', content: [image] }],
          tools,
          n: 2,
          logprobs: true,
        }),
      )
    },
  },
  {
    title: 'an answer that is not JSON, or is empty, or has no content type',
    reply: inTurn(
      response => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Proxy</h1>'),
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end(),
      response => void response.writeHead(200).end(JSON.stringify(completion('ok'))),
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"cut'),
      response => void response.writeHead(204).end(),
    ),
    see: async client => {
      const seen: unknown[] = []
      for (let times = 0; times < 5; times++) seen.push(await answerOf(client))
      return seen
    },
  },
]

const streaming: Behaviour[] = [
  { title: 'a stream', reply: stream(...textChunks('Halb ', 'zwölf', '.')), see: readStream },
  {
    title: 'a stream whose usage the application asks for',
    reply: stream(...textChunks('ok')),
    see: async client =>
      collect(await client.chat.completions.create({ ...streamed, stream_options: { include_usage: true } })),
  },
  {
    title: 'a stream whose usage the application declines',
    reply: stream(...textChunks('ok')),
    see: async client =>
      collect(
        await client.chat.completions.create({ ...streamed, stream_options: { include_usage: false } }),
      ),
  },
  {
    title: 'a stream of several choices and tool calls',
    reply: stream(...toolChunks, chunk({ content: 'second' }, null, 1), chunk({}, 'stop', 1)),
    see: readStream,
  },
  {
    title: 'the stream helper with its events and its final message',
    reply: stream(...textChunks('Halb ', 'zwölf.')),
    see: async client => {
      const deltas: string[] = []
      const helper = client.chat.completions.stream({ model: question.model, messages: question.messages })
      helper.on('content', delta => deltas.push(delta))
      const { content } = await helper.finalMessage()
      return { deltas, content, completion: await helper.finalChatCompletion() }
    },
  },
  {
    title: 'tee',
    reply: stream(...textChunks('a', 'b')),
    see: async client => {
      const [left, right] = (await client.chat.completions.create(streamed)).tee()
      return [await collect(left), await collect(right)]
    },
  },
  {
    title: 'toReadableStream',
    reply: stream(...textChunks('a', 'b')),
    see: async client =>
      new Response((await client.chat.completions.create(streamed)).toReadableStream()).text(),
  },
  {
    title: 'the raw bytes of a stream whose usage the application asks for',
    reply: stream(...textChunks('ä', '€')),
    see: async client => {
      const body = { ...streamed, stream_options: { include_usage: true } }
      return (await client.chat.completions.create(body).asResponse()).text()
    },
  },
  {
    title: 'an early break',
    reply: hang(...textChunks('a', 'b', 'c').map(one => `data: ${JSON.stringify(one)}\n\n`)),
    see: async client => {
      const reply = await client.chat.completions.create(streamed)
      for await (const item of reply) if (item.choices[0]?.delta.content === 'a') break
      return reply.controller.signal.aborted
    },
  },
  {
    title: 'an abort in the middle of a stream',
    reply: hang(...textChunks('a', 'b').map(one => `data: ${JSON.stringify(one)}\n\n`)),
    see: async client => {
      const reply = await client.chat.completions.create(streamed)
      const seen: unknown[] = []
      for await (const item of reply) {
        seen.push(item)
        if (item.choices[0]?.delta.content === 'b') reply.controller.abort()
      }
      return seen
    },
  },
]

const wire: Behaviour[] = [
  {
    title: 'lines that end with CR LF',
    reply: pieces(cutBytes(7), '\r\n', ...textChunks('a', 'b')),
    see: readStream,
  },
  {
    title: 'characters that are split across packets',
    reply: pieces(cutBytes(3), '\n', ...textChunks('zwölf 👩‍👩‍👧 €')),
    see: readStream,
  },
  {
    title: 'data of several lines, comments, ids and event names',
    reply: response => {
      const [first, ...rest] = JSON.stringify(chunk({ content: 'a' })).split(/(?<=,)/)
      const lines = [first, ...rest].map(line => `data: ${line}`)
      return send(response, [
        ': ping\n\n',
        `id: 7\nevent: message\n${lines.join('\n')}\n\n`,
        'data: [DONE]\n\n',
      ])
    },
    see: readStream,
  },
  {
    title: 'a line of half a megabyte',
    reply: pieces(cutBytes(60_000), '\n', ...textChunks('x'.repeat(500_000), 'end')),
    see: readStream,
  },
  {
    title: 'everything in one packet',
    reply: pieces(text => [text], '\n', ...textChunks('a', 'b')),
    see: readStream,
  },
  {
    title: 'a stream without [DONE], and one whose last event has no end',
    reply: inTurn(
      (response, seen) => send(response, events(textChunks('a'), seen).slice(0, -1)),
      (response, seen) => send(response, [events(textChunks('a'), seen).slice(0, 2).join('').trimEnd()]),
    ),
    see: async client => [await readStream(client), await readStream(client)],
  },
  {
    title: 'an event that is not JSON',
    reply: (response, seen) =>
      send(response, [...events(textChunks('a'), seen).slice(0, 2), 'data: {oops\n\n']),
    see: readStream,
  },
  {
    title: 'chunks of shapes that nobody expects',
    reply: response =>
      send(
        response,
        [
          'null',
          '7',
          '{"choices":null}',
          '{"choices":[null,{"delta":"x"},{"index":-1,"delta":{"tool_calls":[null,{"index":1e9}]}}]}',
          '{"usage":7,"choices":{}}',
          '[DONE]',
        ].map(data => `data: ${data}\n\n`),
      ),
    see: readStream,
  },
  {
    title: 'an error in the middle of a stream',
    reply: (response, seen) =>
      send(response, [
        ...events(textChunks('a'), seen).slice(0, 2),
        'data: {"error":{"message":"overloaded"}}\n\n',
      ]),
    see: readStream,
  },
  {
    title: 'HTML in the place of a stream',
    reply: response => send(response, ['<html>', 'busy</html>'], { 'content-type': 'text/html' }),
    see: readStream,
  },
  {
    title: 'a stream whose content type a proxy has removed',
    reply: (response, seen) => send(response, events(textChunks('a'), seen), {}),
    see: readStream,
  },
]

const failing: Behaviour[] = [
  ...[400, 401, 403, 404, 413, 422].map(status => ({
    title: `status ${status}`,
    reply: failure(status, 'no'),
    see: answerOrStream,
  })),
  ...[408, 409, 429, 500, 503].map(status => ({
    title: `status ${status}, also after every retry`,
    reply: failure(status, 'later', soon),
    see: answerOrStream,
  })),
  {
    title: 'status 500 twice, and then an answer',
    reply: inTurn(failure(500, 'one', soon), failure(500, 'two', soon), json(completion('ok'))),
    see: answerOf,
  },
  {
    title: 'a server that says whether to retry',
    reply: inTurn(
      failure(400, 'busy', { ...soon, 'x-should-retry': 'true' }),
      failure(500, 'never', { 'x-should-retry': 'false' }),
    ),
    see: answerOf,
  },
  {
    title: 'an error that is not JSON',
    reply: response => void response.writeHead(502, soon).end('<h1>Bad gateway</h1>'),
    see: answerOf,
  },
  {
    title: 'a connection that breaks before the answer',
    reply: reset,
    see: client => outcome(client.chat.completions.create(question, { maxRetries: 0 })),
  },
  {
    title: 'a connection that breaks once',
    reply: inTurn(reset, json(completion('ok'))),
    see: answerOf,
  },
  {
    title: 'a connection that breaks in the middle of a stream',
    reply: breakAfter(...textChunks('a').map(one => `data: ${JSON.stringify(one)}\n\n`)),
    see: readStream,
  },
  {
    title: 'a connection that breaks in the middle of an answer',
    reply: response => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '999' })
      response.write('{"id":')
      setTimeout(() => response.socket?.destroy(), 5)
    },
    see: answerOf,
  },
  {
    title: 'an answer that takes too long',
    reply: () => {},
    see: client => outcome(client.chat.completions.create(question, { timeout: 200, maxRetries: 0 })),
  },
  {
    title: 'an abort before the answer',
    reply: () => {},
    see: client => {
      const controller = new AbortController()
      setTimeout(() => controller.abort(), 200)
      return outcome(client.chat.completions.create(question, { signal: controller.signal }))
    },
  },
]

const others: Behaviour[] = [
  {
    title: 'other endpoints',
    reply: (response, { path, method }, index) =>
      json({ object: 'list', data: [], path: path + method })(response, {} as never, index),
    see: async client => [
      await client.embeddings.create({ model: 'e', input: 'x', encoding_format: 'float' }),
      (await client.models.list()).data,
      await client.moderations.create({ input: 'x' }),
      await client.chat.completions.retrieve('chatcmpl-1'),
      await client.files.create({ purpose: 'batch', file: new File(['{}'], 'batch.jsonl') }),
    ],
  },
  {
    title: 'an endpoint with a query, as Azure has it',
    reply: (response, seen, index) => json(completion(seen.path))(response, seen, index),
    see: client => {
      const azure = client.withOptions({
        baseURL: `${client.baseURL}/openai/deployments/gpt`,
        defaultQuery: { 'api-version': '2026-01-01' },
      })
      return answerOf(azure)
    },
  },
  {
    title: 'a host that refuses to be asked for usage',
    reply: (response, seen, index) => {
      if (seen.body.stream_options)
        return failure(400, 'Unrecognized request argument supplied: stream_options')(response, seen, index)
      return stream(...textChunks('a'))(response, seen, index)
    },
    see: async client => collect(await client.chat.completions.create(refusing)),
  },
]

export const behaviours: readonly Behaviour[] = [...asking, ...streaming, ...wire, ...failing, ...others]

const pathOf = ({ url }: Response): string => (url === '' ? '' : new URL(url).pathname)
