import type Anthropic from '@anthropic-ai/sdk'
import { inTurn } from '../host/replies.ts'
import { collect, outcome, question, streamed } from './observations.ts'
import { type Behaviour, helperOf, readHelper, readStream } from './observe.ts'
import {
  block,
  ended,
  event,
  hang,
  jsonDelta,
  type NamedEvent,
  started,
  stream,
  text,
  textDelta,
  textEvents,
} from './replies.ts'
import { weatherTool } from './request-cases.ts'

const toolBlock = (index: number, id: string, ...json: string[]): NamedEvent[] =>
  block(index, { type: 'tool_use', id, name: 'weather', input: {} }, ...json.map(jsonDelta))

const everything: NamedEvent[] = [
  started(),
  ...block(
    0,
    { type: 'thinking', thinking: '', signature: '' },
    { type: 'thinking_delta', thinking: 'Die ' },
    { type: 'thinking_delta', thinking: 'Uhr …' },
    { type: 'signature_delta', signature: 'c2ln' },
  ),
  ...block(1, { type: 'redacted_thinking', data: 'c2VjcmV0' }),
  ...block(2, text(''), textDelta('Halb '), textDelta('zwölf.')),
  ...toolBlock(3, 'toolu_1', '', '{"city":', '"Bern"}'),
  ...toolBlock(4, 'toolu_2'),
  ...ended('tool_use'),
]

const cited = { type: 'citations_delta', citation: { type: 'char_location', cited_text: 'x' } }
const searched: NamedEvent[] = [
  started(),
  ...block(
    0,
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
    jsonDelta('{"query":"Bern"}'),
  ),
  ...block(1, { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] }),
  ...block(2, text(''), textDelta('Sunny.'), cited),
  ...ended('end_turn', { input_tokens: 90, output_tokens: 30, server_tool_use: { web_search_requests: 1 } }),
]

const firstText = (one: Anthropic.RawMessageStreamEvent) =>
  one.type === 'content_block_delta' && one.delta.type === 'text_delta' ? one.delta.text : undefined

const waiting = hang(started(), ...block(0, text(''), textDelta('a'), textDelta('b')).slice(0, 3))

export const streamCases: readonly Behaviour[] = [
  { title: 'a stream', reply: stream(...textEvents('Halb ', 'zwölf', '.')), observe: readStream },
  {
    title: 'a stream of thinking, text and tool calls',
    reply: stream(...everything),
    observe: readStream,
  },
  { title: 'a stream with a search by the host', reply: stream(...searched), observe: readStream },
  {
    title: 'the stream helper with its events and its final message',
    reply: stream(...everything),
    observe: client => readHelper(helperOf(client.messages.stream(question))),
  },
  {
    title: 'the stream helper with a search by the host',
    reply: stream(...searched),
    observe: client => readHelper(helperOf(client.messages.stream(question))),
  },
  {
    title: 'the text of the stream helper, and its events one by one',
    reply: stream(...textEvents('Halb ', 'zwölf.')),
    observe: async client => {
      const helper = client.messages.stream(question)
      const items = await collect(helper)
      const other = client.messages.stream(question)
      const { response, request_id } = await other.withResponse()
      // Read separately: its call must not end during the next part.
      await other.done()
      return {
        items,
        text: await client.messages.stream(question).finalText(),
        status: response.status,
        request_id,
      }
    },
  },
  {
    title: 'the stream helper of the beta namespace',
    reply: stream(...everything),
    observe: client => readHelper(helperOf(client.beta.messages.stream({ ...question, betas: ['beta-1'] }))),
  },
  {
    title: 'the tool runner, streaming',
    needs: 'toolRunner',
    reply: inTurn(
      stream(started(), ...toolBlock(0, 'toolu_1', '{"city":"Bern"}'), ...ended('tool_use')),
      stream(...textEvents('Sun', 'ny.')),
    ),
    observe: async client => {
      const { tool, asked } = weatherTool()
      const seen: unknown[] = []
      const runner = client.beta.messages.toolRunner({ ...question, tools: [tool], stream: true })
      for await (const one of runner) seen.push(await collect(one), await one.finalMessage())
      return { seen, asked }
    },
  },
  {
    title: 'a stream that is never read, and one that is read twice',
    reply: stream(...textEvents('ok')),
    observe: async client => {
      const alone = await client.messages.create(streamed)
      const twice = await client.messages.create(streamed)
      return [alone.controller.signal.aborted, await collect(twice), await collect(twice)]
    },
  },
  {
    title: 'a stream with its response',
    reply: stream(...textEvents('ok')),
    observe: async client => {
      const { data, response, request_id } = await client.messages.create(streamed).withResponse()
      const { status, bodyUsed } = response
      return { status, bodyUsed, request_id, ...(await collect(data)) }
    },
  },
  {
    title: 'tee',
    reply: stream(...textEvents('a', 'b')),
    observe: async client => {
      const [left, right] = (await client.messages.create(streamed)).tee()
      return [await collect(left), await collect(right)]
    },
  },
  {
    title: 'toReadableStream',
    reply: stream(...textEvents('a', 'b')),
    observe: async client => new Response((await client.messages.create(streamed)).toReadableStream()).text(),
  },
  {
    title: 'the raw bytes of a stream, with pings and padding',
    reply: stream(...textEvents('ä', '€')),
    observe: async client => (await client.messages.create(streamed).asResponse()).text(),
  },
  {
    title: 'an early break',
    reply: waiting,
    observe: async client => {
      const reply = await client.messages.create(streamed)
      for await (const item of reply) if (firstText(item) === 'a') break
      return reply.controller.signal.aborted
    },
  },
  {
    title: 'an abort in the middle of a stream',
    reply: waiting,
    observe: async client => {
      const reply = await client.messages.create(streamed)
      const seen: unknown[] = []
      for await (const item of reply) {
        seen.push(item)
        if (firstText(item) === 'b') reply.controller.abort()
      }
      return seen
    },
  },
  {
    title: 'an abort of the stream helper',
    reply: waiting,
    observe: async client => {
      const helper = client.messages.stream(question)
      helper.on('text', () => helper.abort())
      return readHelper(helperOf(helper))
    },
  },
  {
    title: 'an error of the host in the middle of a stream, read directly and by the helper',
    reply: response => {
      const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
      response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': 'req_1' })
      response.end([...textEvents('a').slice(0, 3), overloaded].map(one => event(one)).join(''))
    },
    observe: async client => [
      await readStream(client),
      await outcome(client.messages.stream(question).finalMessage()),
    ],
  },
]
