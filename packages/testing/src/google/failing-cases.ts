import { abortOnceAsked } from '../host/abort-once-asked.ts'
import { inTurn, reset, sendAndBreak } from '../host/replies.ts'
import { breakAfter, chunks, failure, generated, json, text } from './replies.ts'
import { answerOf, answerOrStream, type Behaviour, quickRetries, readStream } from './see.ts'
import { outcome, question } from './seen.ts'

const ok = json(generated([text('ok')]))
const retrying = () => ({ httpOptions: { retryOptions: quickRetries } })

export const failingCases: readonly Behaviour[] = [
  ...[400, 401, 403, 404, 429, 500, 503].map(status => ({
    title: `status ${status}`,
    reply: failure(status, 'no'),
    see: answerOrStream,
  })),
  {
    title: 'status 503 once, then an answer, with retries enabled',
    reply: inTurn(failure(503, 'busy'), ok),
    options: retrying,
    see: answerOf,
  },
  {
    title: 'status 429 at every attempt',
    reply: failure(429, 'later'),
    options: retrying,
    see: answerOf,
  },
  {
    title: 'an error that is not JSON',
    reply: response => void response.writeHead(502).end('<h1>Bad gateway</h1>'),
    see: answerOrStream,
  },
  { title: 'a connection that breaks before the answer', reply: reset, see: answerOf },
  {
    title: 'a connection that breaks in the middle of a stream',
    reply: breakAfter(...chunks(text('a'), text('b')).slice(0, 1)),
    see: readStream,
  },
  {
    title: 'a connection that breaks in the middle of an answer',
    reply: response =>
      sendAndBreak(response, ['{"candidates":'], {
        'content-type': 'application/json',
        'content-length': '999',
      }),
    see: answerOf,
  },
  {
    title: 'an answer that takes too long',
    reply: () => {},
    see: client =>
      outcome(client.models.generateContent({ ...question, config: { httpOptions: { timeout: 1000 } } })),
  },
  {
    title: 'an abort before the answer',
    reply: () => {},
    see: (client, _, host) =>
      outcome(client.models.generateContent({ ...question, config: { abortSignal: abortOnceAsked(host) } })),
  },
]
