import { abortOnceAsked } from '../host/abort-once-asked.ts'
import { inTurn, reset, sendAndBreak } from '../host/replies.ts'
import { outcome, question } from './observations.ts'
import { answerOf, answerOrStream, type Behaviour, readStream, soon } from './observe.ts'
import { breakAfter, completion, failure, json, textChunks } from './replies.ts'

export const failingCases: readonly Behaviour[] = [
  ...[400, 401, 403, 404, 413, 422].map(status => ({
    title: `status ${status}`,
    reply: failure(status, 'no'),
    observe: answerOrStream,
  })),
  ...[408, 409, 429, 500, 503].map(status => ({
    title: `status ${status} after every retry`,
    reply: failure(status, 'later', soon),
    observe: answerOrStream,
  })),
  {
    title: 'status 500 twice, then an answer',
    reply: inTurn(failure(500, 'one', soon), failure(500, 'two', soon), json(completion('ok'))),
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
    title: 'an error that is not JSON',
    reply: response => void response.writeHead(502, soon).end('<h1>Bad gateway</h1>'),
    observe: answerOf,
  },
  {
    title: 'a connection that breaks before the answer',
    reply: reset,
    observe: client => outcome(client.chat.completions.create(question, { maxRetries: 0 })),
  },
  {
    title: 'a connection that breaks once',
    reply: inTurn(reset, json(completion('ok'))),
    observe: answerOf,
  },
  {
    title: 'a connection that breaks in the middle of a stream',
    reply: breakAfter(...textChunks('a').map(one => `data: ${JSON.stringify(one)}\n\n`)),
    observe: readStream,
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
    observe: client => outcome(client.chat.completions.create(question, { timeout: 200, maxRetries: 0 })),
  },
  {
    title: 'an answer that takes too long once',
    reply: inTurn(() => {}, json(completion('ok'))),
    observe: client => outcome(client.chat.completions.create(question, { timeout: 200, maxRetries: 1 })),
  },
  {
    title: 'an abort before the answer',
    reply: () => {},
    observe: (client, _, host) =>
      outcome(client.chat.completions.create(question, { signal: abortOnceAsked(host) })),
  },
]
