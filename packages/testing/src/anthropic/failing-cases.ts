import { abortOnceAsked } from '../host/abort-once-asked.ts'
import { inTurn, reset, sendAndBreak } from '../host/replies.ts'
import { outcome, question } from './observations.ts'
import {
  answerOf,
  answerOrStream,
  type Behaviour,
  helperOf,
  readHelper,
  readStream,
  soon,
} from './observe.ts'
import { breakAfter, failure, json, message, text, textEvents } from './replies.ts'

const ok = json(message([text('ok')]))

export const failingCases: readonly Behaviour[] = [
  ...[400, 401, 403, 404, 413, 422].map(status => ({
    title: `status ${status}`,
    reply: failure(status, 'no'),
    observe: answerOrStream,
  })),
  ...[408, 409, 429, 500, 529].map(status => ({
    title: `status ${status} after every retry`,
    reply: failure(status, 'later', soon),
    observe: answerOrStream,
  })),
  {
    title: 'status 529 twice, then an answer',
    reply: inTurn(failure(529, 'one', soon), failure(529, 'two', soon), ok),
    observe: answerOf,
  },
  {
    title: 'a server that controls retries by header',
    reply: inTurn(
      failure(400, 'busy', { ...soon, 'x-should-retry': 'true' }),
      failure(500, 'never', { 'x-should-retry': 'false' }),
    ),
    observe: answerOf,
  },
  {
    title: 'a failure of the stream helper',
    reply: failure(400, 'no'),
    observe: client => readHelper(helperOf(client.messages.stream(question))),
  },
  {
    title: 'an error that is not JSON',
    reply: response => void response.writeHead(502, soon).end('<h1>Bad gateway</h1>'),
    observe: answerOf,
  },
  {
    title: 'a connection that breaks before the answer',
    reply: reset,
    observe: client => outcome(client.messages.create(question, { maxRetries: 0 })),
  },
  { title: 'a connection that breaks once', reply: inTurn(reset, ok), observe: answerOf },
  {
    title: 'a connection that breaks in the middle of a stream',
    reply: breakAfter(...textEvents('a').slice(0, 3)),
    observe: readStream,
  },
  {
    title: 'a connection that breaks in the middle of the stream helper',
    reply: breakAfter(...textEvents('a').slice(0, 3)),
    observe: client => readHelper(helperOf(client.messages.stream(question))),
  },
  {
    title: 'a connection that breaks in the middle of an answer',
    reply: response =>
      sendAndBreak(response, ['{"id":'], { 'content-type': 'application/json', 'content-length': '999' }),
    observe: answerOf,
  },
  {
    title: 'an answer that takes too long',
    reply: () => {},
    observe: client => outcome(client.messages.create(question, { timeout: 1000, maxRetries: 0 })),
  },
  {
    title: 'an answer that takes too long once',
    reply: inTurn(() => {}, ok),
    observe: client => outcome(client.messages.create(question, { timeout: 1000, maxRetries: 1 })),
  },
  {
    title: 'an abort before the answer',
    reply: () => {},
    observe: (client, _, host) => outcome(client.messages.create(question, { signal: abortOnceAsked(host) })),
  },
]
