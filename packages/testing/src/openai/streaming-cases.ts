import { collect, question, streamed } from './observations.ts'
import { type Behaviour, readStream } from './observe.ts'
import { chunk, hang, stream, textChunks } from './replies.ts'

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

export const streamingCases: readonly Behaviour[] = [
  { title: 'a stream', reply: stream(...textChunks('Halb ', 'zwölf', '.')), observe: readStream },
  {
    title: 'a stream with usage enabled by the application',
    reply: stream(...textChunks('ok')),
    observe: async client =>
      collect(await client.chat.completions.create({ ...streamed, stream_options: { include_usage: true } })),
  },
  {
    title: 'a stream with usage disabled by the application',
    reply: stream(...textChunks('ok')),
    observe: async client =>
      collect(
        await client.chat.completions.create({ ...streamed, stream_options: { include_usage: false } }),
      ),
  },
  {
    title: 'a stream of several choices and tool calls',
    reply: stream(...toolChunks, chunk({ content: 'second' }, null, 1), chunk({}, 'stop', 1)),
    observe: readStream,
  },
  {
    title: 'the stream helper with its events and its final message',
    reply: stream(...textChunks('Halb ', 'zwölf.')),
    observe: async client => {
      const deltas: string[] = []
      const helper = client.chat.completions.stream({ model: question.model, messages: question.messages })
      helper.on('content', delta => deltas.push(delta))
      const { content } = await helper.finalMessage()
      return { deltas, content, completion: await helper.finalChatCompletion() }
    },
  },
  {
    title: 'a stream that is never read, and one that is read twice',
    reply: stream(...textChunks('ok')),
    observe: async client => {
      const alone = await client.chat.completions.create(streamed)
      const twice = await client.chat.completions.create(streamed)
      return [alone.controller.signal.aborted, await collect(twice), await collect(twice)]
    },
  },
  {
    title: 'a stream with its response',
    reply: stream(...textChunks('ok')),
    observe: async client => {
      const { data, response, request_id } = await client.chat.completions.create(streamed).withResponse()
      const { status, bodyUsed } = response
      return { status, bodyUsed, request_id, ...(await collect(data)) }
    },
  },
  {
    title: 'tee',
    reply: stream(...textChunks('a', 'b')),
    observe: async client => {
      const [left, right] = (await client.chat.completions.create(streamed)).tee()
      return [await collect(left), await collect(right)]
    },
  },
  {
    title: 'toReadableStream',
    reply: stream(...textChunks('a', 'b')),
    observe: async client =>
      new Response((await client.chat.completions.create(streamed)).toReadableStream()).text(),
  },
  {
    title: 'the raw bytes of a stream with usage enabled by the application',
    reply: stream(...textChunks('ä', '€')),
    observe: async client => {
      const body = { ...streamed, stream_options: { include_usage: true } }
      return (await client.chat.completions.create(body).asResponse()).text()
    },
  },
  {
    title: 'an early break',
    reply: hang(...textChunks('a', 'b', 'c').map(one => `data: ${JSON.stringify(one)}\n\n`)),
    observe: async client => {
      const reply = await client.chat.completions.create(streamed)
      for await (const item of reply) if (item.choices[0]?.delta.content === 'a') break
      return reply.controller.signal.aborted
    },
  },
  {
    title: 'an abort in the middle of a stream',
    reply: hang(...textChunks('a', 'b').map(one => `data: ${JSON.stringify(one)}\n\n`)),
    observe: async client => {
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
