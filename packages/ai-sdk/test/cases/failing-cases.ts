import {
  abortOnceAsked,
  completion,
  failure,
  inTurn,
  json,
  reset,
  stream,
  textChunks,
} from '@runtape/testing/openai'
import { type Case, collect, observedError, outcome, question, resultSeen, soon, typesOf } from './case.ts'

const retried = { 'retry-after-ms': '1', 'x-request-id': 'req_1' }

export const failingCases: readonly Case[] = [
  {
    title: 'a refused key',
    reply: failure(401, 'Incorrect API key.'),
    observe: async ({ ai, chat }) => outcome(ai.generateText({ model: chat, prompt: question })),
  },
  {
    title: 'a host that is busy twice, then answers',
    reply: inTurn(failure(429, 'slow down', retried), failure(503, 'busy', soon), json(completion('ok'))),
    observe: async ({ ai, chat }) => resultSeen(await ai.generateText({ model: chat, prompt: question })),
  },
  {
    title: 'a host that stays busy, with a different message each time',
    reply: inTurn(failure(429, 'slow down', soon), failure(503, 'busy', soon), failure(500, 'broken', soon)),
    observe: async ({ ai, chat }) => outcome(ai.generateText({ model: chat, prompt: question })),
  },
  {
    title: 'a host that is busy, then refuses',
    reply: inTurn(failure(429, 'slow down', soon), failure(400, 'no such model')),
    observe: async ({ ai, chat }) => outcome(ai.generateText({ model: chat, prompt: question })),
  },
  {
    title: 'a host that is busy, and an application that allows no retry, or four',
    reply: failure(429, 'slow down', soon),
    observe: async ({ ai, chat }) => [
      await outcome(ai.generateText({ model: chat, prompt: question, maxRetries: 0 })),
      await outcome(ai.generateText({ model: chat, prompt: question, maxRetries: 4 })),
    ],
  },
  {
    title: 'a connection that breaks before the answer',
    reply: reset,
    observe: async ({ ai, chat }) =>
      outcome(ai.generateText({ model: chat, prompt: question, maxRetries: 0 })),
  },
  {
    title: 'an answer that is not JSON',
    reply: reply => void reply.writeHead(200, { 'content-type': 'application/json' }).end('{oops'),
    observe: async ({ ai, chat }) =>
      outcome(ai.generateText({ model: chat, prompt: question, maxRetries: 0 })),
  },
  {
    title: 'an answer of another shape',
    reply: json({ hello: 'world' }),
    observe: async ({ ai, chat }) => {
      const { error } = (await outcome(
        ai.generateText({ model: chat, prompt: question, maxRetries: 0 }),
      )) as {
        error: { name: string; message: string }
      }
      return error.name
    },
  },
  {
    title: 'an abort before the answer',
    reply: () => {},
    observe: ({ ai, chat, host }) =>
      outcome(ai.generateText({ model: chat, prompt: question, abortSignal: abortOnceAsked(host) })),
  },
  {
    title: "an abort with the application's own reason",
    reply: () => {},
    observe: ({ ai, chat, host }) => {
      const abortSignal = abortOnceAsked(host, new RangeError('too long'))
      return outcome(ai.generateText({ model: chat, prompt: question, abortSignal, maxRetries: 0 }))
    },
  },
  {
    title: 'a stream that a busy host starts late',
    reply: inTurn(failure(429, 'slow down', soon), stream(...textChunks('a', 'b'))),
    observe: async ({ ai, chat }) => collect(ai.streamText({ model: chat, prompt: question }).textStream),
  },
  {
    title: 'a refused stream',
    reply: failure(400, 'no such model'),
    observe: async ({ ai, chat }) => {
      const seen: unknown[] = []
      const result = ai.streamText({
        model: chat,
        prompt: question,
        onError: ({ error }) => void seen.push(observedError(error)),
      })
      return [await typesOf(result.fullStream), seen]
    },
  },
  {
    title: 'a stream at a host that stays busy',
    reply: failure(503, 'busy', soon),
    observe: async ({ ai, chat }) => {
      const seen: unknown[] = []
      const result = ai.streamText({
        model: chat,
        prompt: question,
        onError: ({ error }) => void seen.push(observedError(error)),
      })
      return [await typesOf(result.fullStream), seen]
    },
  },
]
