import type { Reply } from '../host/fake-host.ts'
import { cutBytes, inTurn } from '../host/replies.ts'
import { type Behaviour, readStream } from './observe.ts'
import { chunk, events, send, textChunks } from './replies.ts'

const pieces =
  (cut: (text: string) => (string | Uint8Array)[], lineEnd = '\n', ...chunks: object[]): Reply =>
  (response, seen) =>
    send(response, cut(events(chunks, seen, lineEnd).join('')))

const cutEvery = (size: number) => (text: string) => cutBytes(Buffer.from(text), size)

const cutWithin = (content: string) => (text: string) => {
  const at = text.indexOf(content)
  const end = at + content.length
  return [text.slice(0, at), ...cutEvery(2)(text.slice(at, end)), text.slice(end)]
}

const wide = 'zwölf 👩‍👩‍👧 €'

export const wireCases: readonly Behaviour[] = [
  {
    title: 'lines ending with CR LF',
    reply: pieces(cutEvery(41), '\r\n', ...textChunks('a', 'b')),
    observe: readStream,
  },
  {
    title: 'characters split across packets',
    reply: pieces(cutWithin(wide), '\n', ...textChunks(wide)),
    observe: readStream,
  },
  {
    title: 'data of several lines, comments, ids and event names',
    reply: response => {
      const [first, ...rest] = JSON.stringify(chunk({ content: 'a' })).split(/(?<=,)/)
      const lines = [first, ...rest].map(line => `data: ${line}`)
      return send(response, [
        ': ping\n\n',
        `id: 7\nevent: message\n${lines.join('\n')}\n\n`,
        'data: [DONE]\n\n',
      ])
    },
    observe: readStream,
  },
  {
    title: 'a line of half a megabyte',
    reply: pieces(cutEvery(60_000), '\n', ...textChunks('x'.repeat(500_000), 'end')),
    observe: readStream,
  },
  {
    title: 'everything in one packet',
    reply: pieces(text => [text], '\n', ...textChunks('a', 'b')),
    observe: readStream,
  },
  {
    title: 'a stream without [DONE], and one with an unterminated last event',
    reply: inTurn(
      (response, seen) => send(response, events(textChunks('a'), seen).slice(0, -1)),
      (response, seen) => send(response, [events(textChunks('a'), seen).slice(0, 2).join('').trimEnd()]),
    ),
    observe: async client => [await readStream(client), await readStream(client)],
  },
  {
    title: 'an event that is not JSON',
    reply: (response, seen) =>
      send(response, [...events(textChunks('a'), seen).slice(0, 2), 'data: {oops\n\n']),
    observe: readStream,
  },
  {
    title: 'chunks of unexpected shapes',
    reply: response =>
      send(
        response,
        [
          'null',
          '7',
          '{"choices":null}',
          '{"choices":[null,{"delta":"x"},{"index":-1,"delta":{"tool_calls":[null,{"index":1e9}]}}]}',
          '{"usage":7,"choices":{}}',
          '[DONE]',
        ].map(data => `data: ${data}\n\n`),
      ),
    observe: readStream,
  },
  {
    title: 'an error in the middle of a stream',
    reply: (response, seen) =>
      send(response, [
        ...events(textChunks('a'), seen).slice(0, 2),
        'data: {"error":{"message":"overloaded"}}\n\n',
      ]),
    observe: readStream,
  },
  {
    title: 'HTML instead of a stream',
    reply: response => send(response, ['<html>', 'busy</html>'], { 'content-type': 'text/html' }),
    observe: readStream,
  },
  {
    title: 'a stream without its content type, removed by a proxy',
    reply: (response, seen) =>
      send(response, events(textChunks('a'), seen), { 'openai-organization': 'org-test' }),
    observe: readStream,
  },
]
