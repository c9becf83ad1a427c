import { abortOnceAsked } from '../host/abort-once-asked.ts'
import { inTurn, reset, sendAndBreak } from '../host/replies.ts'
import { outcome, question } from './observations.ts'
import {
  type Behaviour,
  type Client,
  converse,
  converseStream,
  invoke,
  invokeStream,
  type Sdk,
} from './observe.ts'
import {
  anthropicChunks,
  breakAfter,
  converseAnswer,
  exception,
  failure,
  json,
  send,
  stream,
  textEvents,
} from './replies.ts'

export const failingCases: readonly Behaviour[] = [
  ...(
    [
      [400, 'ValidationException'],
      [403, 'AccessDeniedException'],
      [404, 'ResourceNotFoundException'],
      [408, 'ModelTimeoutException'],
      [418, 'SomethingNewException'],
      [424, 'ModelErrorException'],
      [429, 'ThrottlingException'],
      [429, 'ModelNotReadyException'],
      [500, 'InternalServerException'],
      [503, 'ServiceUnavailableException'],
    ] as const
  ).map(([status, type]) => ({
    title: `${type}, with its retries`,
    reply: failure(status, type, 'no'),
    observe: async (client: Client, sdk: Sdk) => [
      await converse(client, sdk),
      await converseStream(client, sdk),
      await invoke(client, sdk),
    ],
  })),
  {
    title: 'ThrottlingException twice, then an answer',
    reply: inTurn(
      failure(429, 'ThrottlingException', 'one'),
      failure(429, 'ThrottlingException', 'two'),
      json(converseAnswer('ok')),
    ),
    observe: converse,
  },
  {
    title: 'ThrottlingException, then a stream',
    reply: inTurn(failure(429, 'ThrottlingException', 'one'), stream(...textEvents('ok'))),
    observe: converseStream,
  },
  {
    title: 'an error that is not JSON',
    reply: response => void response.writeHead(502).end('<h1>Bad gateway</h1>'),
    observe: converse,
  },
  ...(
    ['modelStreamErrorException', 'throttlingException', 'validationException', 'unknownException'] as const
  ).flatMap(type => [
    {
      title: `${type} in the middle of a stream`,
      reply: stream(...textEvents('a').slice(0, 2), exception(type, 'overloaded')),
      observe: converseStream,
    },
    {
      title: `${type} at the start of a stream`,
      reply: stream(exception(type, 'no')),
      observe: converseStream,
    },
  ]),
  {
    title: 'modelStreamErrorException in the middle of a stream of InvokeModel',
    reply: stream(...anthropicChunks.slice(0, 3), exception('modelStreamErrorException', 'overloaded')),
    observe: invokeStream,
  },
  { title: 'a connection that breaks before the answer', reply: reset, observe: converse },
  {
    title: 'a connection that breaks once',
    reply: inTurn(reset, json(converseAnswer('ok'))),
    observe: converse,
  },
  {
    title: 'a connection that breaks in the middle of a stream',
    reply: breakAfter(...textEvents('a').slice(0, 2)),
    observe: converseStream,
  },
  {
    title: 'a stream that ends in the middle of a frame',
    reply: response => send(response, [Buffer.concat(textEvents('a')).subarray(0, 250)]),
    observe: converseStream,
  },
  {
    title: 'a frame with a wrong checksum',
    reply: response => {
      const bytes = Buffer.concat(textEvents('a'))
      bytes[120] = (bytes[120] ?? 0) ^ 1
      return send(response, [bytes])
    },
    observe: converseStream,
  },
  {
    title: 'HTML instead of a stream',
    reply: response => send(response, ['<html>', 'busy</html>'], { 'content-type': 'text/html' }),
    observe: converseStream,
  },
  {
    title: 'a connection that breaks in the middle of an answer',
    reply: response =>
      sendAndBreak(response, ['{"output":'], { 'content-type': 'application/json', 'content-length': '999' }),
    observe: converse,
  },
  {
    title: 'an abort before the answer',
    reply: () => {},
    observe: (client, sdk, host) => {
      const command = new sdk.ConverseCommand(question)
      return outcome(client.send(command, { abortSignal: abortOnceAsked(host) }))
    },
  },
  {
    title: 'an abort before the request',
    isSilent: true,
    reply: json(converseAnswer('ok')),
    observe: (client, sdk) =>
      outcome(client.send(new sdk.ConverseCommand(question), { abortSignal: AbortSignal.abort() })),
  },
  {
    title: 'a command that cannot be sent',
    isSilent: true,
    reply: json(converseAnswer('ok')),
    observe: (client, sdk) =>
      outcome(client.send(new sdk.ConverseCommand({ ...question, modelId: undefined }))),
  },
]
