import { abortOnceAsked } from '../host/abort-once-asked.ts'
import { inTurn, reset, sendAndBreak } from '../host/replies.ts'
import { outcome, question } from './observations.ts'
import { answerOf, answerOrStream, type Behaviour, quickRetries, readStream } from './observe.ts'
import { breakAfter, chunks, failure, generated, json, text } from './replies.ts'

const ok = json(generated([text('ok')]))
const retrying = () => ({ httpOptions: { retryOptions: quickRetries } })

export const failingCases: readonly Behaviour[] = [
  ...[400, 401, 403, 404, 429, 500, 503].map(status => ({
    title: `status ${status}`,
    reply: failure(status, 'no'),
    observe: answerOrStream,
  })),
  {
    title: 'status 503 once, then an answer, with retries enabled',
    reply: inTurn(failure(503, 'busy'), ok),
    options: retrying,
    observe: answerOf,
  },
  {
    title: 'status 429 at every attempt',
    reply: failure(429, 'later'),
    options: retrying,
    observe: answerOf,
  },
  {
    title: 'an error that is not JSON',
    reply: response => void response.writeHead(502).end('<h1>Bad gateway</h1>'),
    observe: answerOrStream,
  },
  { title: 'a connection that breaks before the answer', reply: reset, observe: answerOf },
  {
    title: 'a connection that breaks in the middle of a stream',
    reply: breakAfter(...chunks(text('a'), text('b')).slice(0, 1)),
    observe: readStream,
  },
  {
    title: 'a connection that breaks in the middle of an answer',
    reply: response =>
      sendAndBreak(response, ['{"candidates":'], {
        'content-type': 'application/json',
        'content-length': '999',
      }),
    observe: answerOf,
  },
  {
    title: 'an answer that takes too long',
    reply: () => {},
    observe: client =>
      outcome(client.models.generateContent({ ...question, config: { httpOptions: { timeout: 1000 } } })),
  },
  {
    title: 'an abort before the answer',
    reply: () => {},
    observe: (client, _, host) =>
      outcome(client.models.generateContent({ ...question, config: { abortSignal: abortOnceAsked(host) } })),
  },
]
