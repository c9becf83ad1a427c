import type { Reply } from '../host/fake-host.ts'
import { cutBytes, inTurn } from '../host/replies.ts'
import { type Behaviour, readStream } from './observe.ts'
import { chunks, events, send, text } from './replies.ts'

const pieces =
  (cut: (text: string) => (string | Uint8Array)[], lineEnd?: string, ...parts: string[]): Reply =>
  response =>
    send(response, cut(events(chunks(...parts.map(text)), lineEnd).join('')))

const cutEvery = (size: number) => (text: string) => cutBytes(Buffer.from(text), size)

const cutWithin = (content: string) => (text: string) => {
  const at = text.indexOf(content)
  const end = at + content.length
  return [text.slice(0, at), ...cutEvery(2)(text.slice(at, end)), text.slice(end)]
}

const wide = 'zwölf 👩‍👩‍👧 €'

export const wireCases: readonly Behaviour[] = [
  { title: 'lines ending with LF', reply: pieces(cutEvery(41), '\n', 'a', 'b'), observe: readStream },
  { title: 'lines ending with CR', reply: pieces(cutEvery(400), '\r', 'a', 'b'), observe: readStream },
  {
    title: 'characters split across packets',
    reply: pieces(cutWithin(wide), '\r\n', wide, 'b'),
    observe: readStream,
  },
  {
    title: 'a line of half a megabyte',
    reply: pieces(cutEvery(60_000), '\r\n', 'x'.repeat(500_000), 'end'),
    observe: readStream,
  },
  { title: 'everything in one packet', reply: pieces(text => [text], '\r\n', 'a', 'b'), observe: readStream },
  {
    title: 'a stream with an unterminated last event, and one without events',
    reply: inTurn(
      response =>
        send(response, [
          events(chunks(text('a'), text('b')))
            .join('')
            .trimEnd(),
        ]),
      response => send(response, []),
    ),
    observe: async client => [await readStream(client), await readStream(client)],
  },
  {
    title: 'an event that is not JSON',
    reply: response => send(response, [...events(chunks(text('a'))), 'data: {oops\r\n\r\n']),
    observe: readStream,
  },
  {
    title: 'comments, and events of unexpected shapes',
    reply: response =>
      send(response, [
        ': keep-alive\r\n\r\n',
        ...[
          '{}',
          '{"candidates": null}',
          '{"candidates": [null, {"content": "x"}, {"index": -1, "content": {"parts": [null, 7]}}]}',
          '{"usageMetadata": 7, "modelVersion": 9}',
          '{"usageMetadata": {"promptTokenCount": "9"}}',
        ].map(data => `data: ${data}\r\n\r\n`),
      ]),
    observe: client => readStream(client).catch(error => String(error)),
  },
  {
    title: 'HTML instead of a stream',
    reply: response => send(response, ['<html>', 'busy</html>'], { 'content-type': 'text/html' }),
    observe: readStream,
  },
  {
    title: 'a stream without its content type, removed by a proxy',
    reply: response => send(response, events(chunks(text('a'), text('b'))), {}),
    observe: readStream,
  },
]
