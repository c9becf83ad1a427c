import type { Reply } from '../host/fake-host.ts'
import { cutBytes, inTurn } from '../host/replies.ts'
import { type Behaviour, readStream } from './observe.ts'
import { event, events, send, textEvents } from './replies.ts'

const pieces =
  (cut: (text: string) => (string | Uint8Array)[], lineEnd = '\n', ...parts: string[]): Reply =>
  response =>
    send(response, cut(events(textEvents(...parts), lineEnd).join('')))

const cutEvery = (size: number) => (text: string) => cutBytes(Buffer.from(text), size)

const cutWithin = (content: string) => (text: string) => {
  const at = text.indexOf(content)
  const end = at + content.length
  return [text.slice(0, at), ...cutEvery(2)(text.slice(at, end)), text.slice(end)]
}

const wide = 'zwölf 👩‍👩‍👧 €'

export const wireCases: readonly Behaviour[] = [
  { title: 'lines ending with CR LF', reply: pieces(cutEvery(41), '\r\n', 'a', 'b'), observe: readStream },
  {
    title: 'characters split across packets',
    reply: pieces(cutWithin(wide), '\n', wide),
    observe: readStream,
  },
  {
    title: 'data of several lines, comments and ids',
    reply: response => {
      const [first, ...rest] = textEvents('a')
      const lines = JSON.stringify(first, null, 1).split('\n')
      const data = lines.map(line => `data: ${line}`).join('\n')
      return send(response, [
        ': keep-alive\n\n',
        `id: 7\nevent: message_start\n${data}\n\n`,
        ...rest.map(one => event(one)),
      ])
    },
    observe: readStream,
  },
  {
    title: 'a line of half a megabyte',
    reply: pieces(cutEvery(60_000), '\n', 'x'.repeat(500_000), 'end'),
    observe: readStream,
  },
  { title: 'everything in one packet', reply: pieces(text => [text], '\n', 'a', 'b'), observe: readStream },
  {
    title: 'a stream without message_stop, and one with an unterminated last event',
    reply: inTurn(
      response => send(response, events(textEvents('a')).slice(0, -1)),
      response => send(response, [events(textEvents('a')).slice(0, 4).join('').trimEnd()]),
    ),
    observe: async client => [await readStream(client), await readStream(client)],
  },
  {
    title: 'an event that is not JSON',
    reply: response =>
      send(response, [...events(textEvents('a')).slice(0, 3), 'event: content_block_delta\ndata: {oops\n\n']),
    observe: readStream,
  },
  {
    title: 'events of unexpected shapes',
    reply: response =>
      send(
        response,
        [
          'null',
          '7',
          '{"type":"message_start","message":null}',
          '{"type":"content_block_start","index":-1,"content_block":[]}',
          '{"type":"content_block_delta","index":1e9,"delta":"x"}',
          '{"type":"message_delta","usage":7}',
          '{"type":"content_block_stop","index":null}',
          '{"type":"of_a_later_version","usage":{"output_tokens":"9"}}',
        ].map(data => `event: content_block_delta\ndata: ${data}\n\n`),
      ),
    observe: readStream,
  },
  {
    title: 'HTML instead of a stream',
    reply: response => send(response, ['<html>', 'busy</html>'], { 'content-type': 'text/html' }),
    observe: readStream,
  },
  {
    title: 'a stream without its content type, removed by a proxy',
    reply: response => send(response, events(textEvents('a')), {}),
    observe: readStream,
  },
]
