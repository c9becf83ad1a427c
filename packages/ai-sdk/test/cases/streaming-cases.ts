import {
  breakAfter,
  chunk,
  hang,
  inTurn,
  named,
  responseEvents,
  stream,
  streamResponse,
  textChunks,
} from '@runtape/testing/openai'
import { z } from 'zod'
import { streamMessage } from './anthropic-replies.ts'
import {
  type Case,
  collect,
  observedError,
  outcome,
  question,
  resultSeen,
  timeSeen,
  typesOf,
} from './case.ts'
import { weather } from './request-cases.ts'

const data = (chunks: readonly object[]) => chunks.map(one => `data: ${JSON.stringify(one)}\n\n`)

const weatherChunks = [
  chunk({ role: 'assistant', content: null }),
  chunk({
    tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }],
  }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '"Bern"}' } }] }),
  chunk({}, 'tool_calls'),
]

interface StreamedResult {
  readonly fullStream: AsyncIterable<{ readonly type: string; readonly [field: string]: unknown }>
}

/** Every part of a stream, and the results of its promises. */
async function streamSeen(result: StreamedResult): Promise<unknown> {
  const parts = (await collect(result.fullStream)).map(partSeen)
  const { text, usage, totalUsage, finishReason, warnings, steps, response, request } =
    result as never as Record<string, Promise<unknown>>
  const all = { text, usage, totalUsage, finishReason, warnings, response, request }
  const told = await Promise.all(Object.values(all).map(one => outcome(one as Promise<unknown>)))
  const [, , , , , answer] = told as { value?: Parameters<typeof resultSeen>[0] }[]
  const { response: response1 } = resultSeen({ response: answer?.value }) as { response: unknown }
  return [parts, told.slice(0, 5), response1, told[6], ((await steps) as undefined | unknown[])?.length]
}

// Values that an SDK generates or measures per step are not the model's answer.
function partSeen(part: { readonly type: string; readonly [field: string]: unknown }): unknown {
  const { response, performance: _performance, request, error, callId: _callId, ...rest } = part
  const { headers: _headers, timestamp, ...answer } = (response ?? {}) as Record<string, unknown>
  return {
    ...rest,
    ...(response !== undefined && { response: { ...answer, timestamp: timeSeen(timestamp) } }),
    ...(request !== undefined && { request }),
    ...(error !== undefined && { error: observedError(error) }),
  }
}

export const streamingCases: readonly Case[] = [
  {
    title: 'streamText, part by part',
    reply: stream(...textChunks('Halb ', 'zwölf', '.')),
    observe: async ({ ai, chat }) => streamSeen(ai.streamText({ model: chat, prompt: question })),
  },
  {
    title: 'streamText with the responses API',
    reply: streamResponse('Halb ', 'zwölf', '.'),
    observe: async ({ ai, responses }) => streamSeen(ai.streamText({ model: responses, prompt: question })),
  },
  {
    title: 'streamText with Anthropic',
    reply: streamMessage('Halb ', 'zwölf', '.'),
    observe: async ({ ai, claude }) => streamSeen(ai.streamText({ model: claude, prompt: question })),
  },
  {
    title: 'a stream as text, and its raw chunks',
    reply: stream(...textChunks('Halb ', 'zwölf.')),
    observe: async ({ ai, chat }) => [
      await collect(ai.streamText({ model: chat, prompt: question }).textStream),
      await streamSeen(ai.streamText({ model: chat, prompt: question, includeRawChunks: true })),
    ],
  },
  {
    title: 'a stream of tools in several steps',
    reply: inTurn(stream(...weatherChunks), stream(...textChunks('It is ', '21 °C.'))),
    observe: async ({ ai, chat, tools }) =>
      streamSeen(
        ai.streamText({
          model: chat,
          prompt: 'How warm is it in Bern?',
          tools: tools({ weather }),
          stopWhen: ai.stepCountIs(5),
        }),
      ),
  },
  {
    title: 'an agent that streams',
    reply: inTurn(stream(...weatherChunks), stream(...textChunks('It is ', '21 °C.'))),
    observe: async ({ ai, chat, tools }) => {
      const Agent = ai.ToolLoopAgent ?? ai.Experimental_Agent
      const agent = new Agent({ model: chat, tools: tools({ weather }), stopWhen: ai.stepCountIs(5) })
      return streamSeen(await agent.stream({ prompt: 'How warm is it in Bern?' }))
    },
  },
  {
    title: 'a tool that yields preliminary results',
    reply: inTurn(stream(...weatherChunks), stream(...textChunks('It is ', '21 °C.'))),
    observe: async ({ ai, chat, tools }) => {
      const patient = {
        ...weather,
        async *execute({ city }: { city: string }) {
          yield { city, celsius: 0 }
          yield { city, celsius: 21 }
        },
      }
      return streamSeen(
        ai.streamText({
          model: chat,
          prompt: 'Warm?',
          tools: tools({ weather: patient }),
          stopWhen: ai.stepCountIs(5),
        }),
      )
    },
  },
  {
    title: 'streamObject',
    reply: stream(...textChunks('{"hour"', ':11', ',"minute":30}')),
    observe: async ({ ai, chat }) => {
      const schema = z.object({ hour: z.number(), minute: z.number() })
      const result = ai.streamObject({ model: chat, prompt: question, schema })
      return [await collect(result.partialObjectStream), await result.object, await result.usage]
    },
  },
  {
    title: 'a UI message response, and a text response',
    reply: stream(...textChunks('Halb ', 'zwölf.')),
    observe: async ({ ai, chat }) => {
      const ui = ai.streamText({ model: chat, prompt: question }).toUIMessageStreamResponse()
      const text = ai.streamText({ model: chat, prompt: question }).toTextStreamResponse()
      return [ui.status, [...ui.headers], await ui.text(), [...text.headers], await text.text()]
    },
  },
  {
    title: 'smoothStream',
    reply: stream(...textChunks('It is half ', 'past el', 'even, I thi', 'nk.')),
    observe: async ({ ai, chat }) => {
      const experimental_transform = ai.smoothStream({ delayInMs: null })
      return collect(ai.streamText({ model: chat, prompt: question, experimental_transform }).textStream)
    },
  },
  {
    title: 'a stream that is read twice',
    reply: stream(...textChunks('a', 'b')),
    observe: async ({ ai, chat }) => {
      const result = ai.streamText({ model: chat, prompt: question })
      return Promise.all([collect(result.textStream), collect(result.textStream)])
    },
  },
  {
    title: 'consumeStream',
    reply: stream(...textChunks('a', 'b')),
    observe: async ({ ai, chat }) => {
      const result = ai.streamText({ model: chat, prompt: question })
      await result.consumeStream()
      return [await result.text, await result.usage]
    },
  },
  {
    title: 'callbacks for chunks, steps and the end',
    reply: stream(...textChunks('a', 'b')),
    observe: async ({ ai, chat }) => {
      const events: unknown[] = []
      const result = ai.streamText({
        model: chat,
        prompt: question,
        onChunk: ({ chunk: part }) => void events.push(part.type),
        onStepFinish: ({ text }) => void events.push(['step', text]),
        onFinish: ({ text, usage }) => void events.push(['finish', text, usage]),
      })
      await result.consumeStream()
      return events
    },
  },
  {
    title: 'an early break',
    reply: hang(...data(textChunks('a', 'b', 'c'))),
    staysOpen: true,
    unlikeInReplay: 'the rest of a stream that was left is not on the tape',
    observe: async ({ ai, chat }) => {
      for await (const text of ai.streamText({ model: chat, prompt: question }).textStream) return text
      return undefined
    },
  },
  {
    title: 'an abort in the middle of a stream',
    reply: hang(...data(textChunks('a', 'b'))),
    observe: async ({ ai, chat }) => {
      const controller = new AbortController()
      const seen: unknown[] = []
      const result = ai.streamText({
        model: chat,
        prompt: question,
        abortSignal: controller.signal,
        onError: ({ error }) => void seen.push(observedError(error)),
      })
      for await (const part of result.fullStream) {
        seen.push(part.type)
        if (part.type === 'text-delta' && part.text === 'b') controller.abort()
      }
      return seen
    },
  },
  {
    title: 'a connection that breaks in the middle of a stream',
    reply: breakAfter(...data(textChunks('a', 'b')).slice(0, 2)),
    observe: async ({ ai, chat }) => {
      const seen: unknown[] = []
      const onError = ({ error }: { error: unknown }) => void seen.push((error as Error).message)
      const result = ai.streamText({ model: chat, prompt: question, onError })
      return [await typesOf(result.fullStream), seen]
    },
  },
  {
    title: 'an error among the parts of a stream',
    reply: breakAfter(
      ...responseEvents(['a']).slice(0, 5),
      named({ type: 'error', sequence_number: 5, code: 'server_error', message: 'It broke.', param: null }),
    ),
    observe: async ({ ai, responses }) => {
      const seen: unknown[] = []
      const onError = ({ error }: { error: unknown }) => void seen.push(observedError(error))
      const result = ai.streamText({ model: responses, prompt: question, onError })
      return [await typesOf(result.fullStream), seen]
    },
  },
  {
    title: 'a stream with a chunk that is not JSON',
    reply: (reply, request, index) =>
      breakAfter(...data(textChunks('a')).slice(0, 2), 'data: {oops\n\n', ...data([chunk({}, 'stop')]))(
        reply,
        request,
        index,
      ),
    observe: async ({ ai, chat }) => {
      const seen: unknown[] = []
      const onError = ({ error }: { error: unknown }) => void seen.push((error as Error).name)
      const result = ai.streamText({ model: chat, prompt: question, onError })
      return [await typesOf(result.fullStream), seen]
    },
  },
  {
    title: 'outer middleware: reasoning in tags, and a simulated stream',
    reply: (reply, request, index) =>
      stream(...textChunks('<think>A clock ', 'says so.</think>', 'Halb zwölf.'))(reply, request, index),
    observe: async ({ ai, chat }) => {
      const middleware = ai.extractReasoningMiddleware({ tagName: 'think' })
      const model = ai.wrapLanguageModel({ model: chat, middleware })
      return streamSeen(ai.streamText({ model, prompt: question }))
    },
  },
]
