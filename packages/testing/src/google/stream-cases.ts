import { inTurn } from '../host/replies.ts'
import { collect, outcome, question } from './observations.ts'
import { answerOf, type Behaviour, readStream } from './observe.ts'
import { call, chunks, errorOf, event, events, hang, send, stream, text, thought } from './replies.ts'
import { weatherTool } from './request-cases.ts'

const waiting = hang(...chunks(text('a'), text('b'), text('c')).slice(0, 2))

export const streamCases: readonly Behaviour[] = [
  {
    title: 'generateContentStream',
    reply: stream(...chunks(text('Halb '), text('zwölf'), text('.'))),
    observe: readStream,
  },
  {
    title: 'a stream of thoughts, text and function calls',
    reply: stream(
      ...chunks(thought('Die '), thought('Uhr …'), text('Ok.'), call('weather', { city: 'Bern' }), text('')),
    ),
    observe: async client => {
      const seen: unknown[] = []
      for await (const one of await client.models.generateContentStream(question))
        seen.push([one.text, one.functionCalls, one.usageMetadata, one.candidates])
      return seen
    },
  },
  {
    title: 'automatic function calls, streaming',
    reply: inTurn(
      stream(...chunks(call('weather', { city: 'Bern' }))),
      stream(...chunks(text('Sun'), text('ny.'))),
    ),
    observe: async client => {
      const { tool, asked } = weatherTool()
      const reply = await client.models.generateContentStream({ ...question, config: { tools: [tool] } })
      const { items } = await collect(reply)
      return { candidates: items.map(({ candidates }) => candidates), asked }
    },
  },
  {
    title: 'a chat of two streamed turns and its history',
    reply: stream(...chunks(text('a'), text('b'))),
    observe: async client => {
      const chat = client.chats.create({ model: question.model })
      const turn = async (message: string) => {
        const { items } = await collect(await chat.sendMessageStream({ message }))
        return items.map(one => one.text)
      }
      return [await turn('Hi'), await turn('And now?'), chat.getHistory()]
    },
  },
  {
    title: 'a stream that is never read',
    reply: stream(...chunks(text('ok'))),
    observe: async client => {
      await client.models.generateContentStream(question)
      return readStream(client)
    },
  },
  {
    title: 'an early break',
    reply: waiting,
    observe: async client => {
      const seen: unknown[] = []
      for await (const one of await client.models.generateContentStream(question)) {
        seen.push(one.text)
        break
      }
      return seen
    },
  },
  {
    title: 'an abort in the middle of a stream',
    reply: waiting,
    observe: async client => {
      const controller = new AbortController()
      const config = { abortSignal: controller.signal }
      const seen: unknown[] = []
      const read = async () => {
        for await (const one of await client.models.generateContentStream({ ...question, config })) {
          seen.push(one.text)
          if (one.text === 'b') controller.abort()
        }
      }
      return [await outcome(read()), seen]
    },
  },
  {
    title: 'an error of the host in the middle of a stream',
    reply: response =>
      send(response, [
        ...events(chunks(text('a'), text('b')).slice(0, 1)),
        event({ error: errorOf(503, 'overloaded') }),
      ]),
    observe: readStream,
  },
  {
    title: 'an answer instead of a stream, and a stream instead of an answer',
    reply: inTurn(
      response =>
        void response.writeHead(200, { 'content-type': 'application/json' }).end('[{"candidates": []}]'),
      stream(...chunks(text('a'))),
    ),
    observe: async client => [await readStream(client), await answerOf(client)],
  },
]
