import { inTurn } from '../host/replies.ts'
import { outcome, question } from './observations.ts'
import { answerOf, type Behaviour, pathOf } from './observe.ts'
import { json, message, text, toolUse } from './replies.ts'

const reply = json(message([text('Halb zwölf.')]))

export const requestCases: readonly Behaviour[] = [
  { title: 'create', reply, observe: answerOf },
  {
    title: 'the request id on the answer',
    reply,
    observe: async client => (await client.messages.create(question))._request_id,
  },
  {
    title: 'withResponse',
    reply: json(message([text('ok')]), 200, { 'anthropic-ratelimit-requests-remaining': '12' }),
    observe: async client => {
      const { data, response, request_id } = await client.messages.create(question).withResponse()
      const { status, statusText, ok, redirected, type, bodyUsed, headers } = response
      const { date, ...rest } = Object.fromEntries(headers)
      const path = pathOf(response)
      return { data, status, statusText, ok, redirected, type, bodyUsed, rest, request_id, path }
    },
  },
  {
    title: 'asResponse and its body as text, as bytes and as a clone',
    reply,
    observe: async client => {
      const ask = () => client.messages.create(question).asResponse()
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
    title: 'parse with a JSON schema',
    needs: 'parse',
    reply: json(message([text('{"hour":11,"minute":30}')])),
    observe: async client => {
      const schema = { type: 'object', properties: { hour: { type: 'number' } } }
      const format = { type: 'json_schema' as const, schema, parse: (told: string) => JSON.parse(told) }
      return (await client.messages.parse({ ...question, output_config: { format } })).parsed_output
    },
  },
  {
    title: 'the promise of an answer: its class and its methods',
    reply,
    observe: async client => {
      const promise = client.messages.create(question)
      const ways = [promise.then, promise.catch, promise.finally, promise.withResponse, promise.asResponse]
      const settled: unknown[] = []
      const { content } = await promise.finally(() => settled.push('settled'))
      return [promise instanceof Promise, ways.map(way => typeof way), content, settled]
    },
  },
  {
    title: 'thinking, redacted thinking, citations and tool calls in one answer',
    reply: json(
      message([
        { type: 'thinking', thinking: 'Die Uhr …', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'c2VjcmV0' },
        { type: 'text', text: 'Halb zwölf.', citations: [{ type: 'char_location', cited_text: 'x' }] },
        toolUse('toolu_1', 'weather', { city: 'Bern' }),
        toolUse('toolu_2', 'weather', {}),
      ]),
    ),
    observe: client =>
      outcome(
        client.messages.create({
          ...question,
          thinking: { type: 'enabled', budget_tokens: 50 },
          tools: [{ name: 'weather', input_schema: { type: 'object' } }],
        }),
      ),
  },
  {
    title: 'a prompt with a one-hour cache, an image and a tool result',
    reply,
    observe: client => {
      const source = { type: 'base64' as const, media_type: 'image/png' as const, data: 'iVBORw0KGgo=' }
      const cache_control = { type: 'ephemeral' as const, ttl: '1h' as const }
      return outcome(
        client.messages.create({
          ...question,
          system: [{ type: 'text', text: 'Sag die Uhrzeit.', cache_control }],
          messages: [
            { role: 'user', content: [{ type: 'image', source, cache_control }] },
            { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'clock', input: {} }] },
            { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '11:30' }] },
          ],
        }),
      )
    },
  },
  {
    title: 'the beta namespace, with its headers and its query',
    reply: json(message([text('ok')], { container: null, context_management: null })),
    observe: client =>
      outcome(
        client.beta.messages.create({
          ...question,
          betas: ['context-1m-2025-08-07', 'files-api-2025-04-14'],
        }),
      ),
  },
  {
    title: 'the tool runner',
    needs: 'toolRunner',
    reply: inTurn(
      json(message([toolUse('toolu_1', 'weather', { city: 'Bern' })])),
      json(message([text('Sunny.')])),
    ),
    observe: async client => {
      const { tool, asked } = weatherTool()
      const runner = client.beta.messages.toolRunner({ ...question, tools: [tool] })
      const messages: unknown[] = []
      for await (const one of runner) messages.push(one)
      return { messages, final: await runner.done(), asked }
    },
  },
  {
    title: 'a message thread of two turns',
    needs: 'thread',
    reply: json(message([text('ok')])),
    observe: async client => {
      const thread = client.beta.messages.thread({ model: question.model, max_tokens: 100 })
      const first = await outcome(thread.send({ role: 'user', content: 'Hi' }))
      const second = await outcome(thread.send({ role: 'user', content: 'And now?' }))
      return [first, second, thread.messages, thread.previousMessageId]
    },
  },
  {
    title: 'an answer that is not JSON, empty, or without a content type',
    reply: inTurn(
      response => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Proxy</h1>'),
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end(),
      response => void response.writeHead(200).end(JSON.stringify(message([text('ok')]))),
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"cut'),
      response => void response.writeHead(204).end(),
    ),
    observe: async client => {
      const seen: unknown[] = []
      for (let times = 0; times < 5; times++) seen.push(await answerOf(client))
      return seen
    },
  },
]

/** A tool for the tool runner, and the arguments it received. */
export function weatherTool() {
  const asked: unknown[] = []
  const tool = {
    type: 'custom' as const,
    name: 'weather',
    description: 'The weather in a city.',
    input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } },
    parse: (input: unknown) => input as { city: string },
    run: async (input: { city: string }) => {
      asked.push(input)
      return 'sunny'
    },
  }
  return { tool, asked }
}
