import type { ServerResponse } from 'node:http'
import { constants, type Http2ServerResponse } from 'node:http2'
import type { Reply } from './fake-host.ts'

export type Headers = Readonly<Record<string, string>>

/** One reply after the other; the last one repeats. */
export const inTurn =
  (...replies: readonly Reply[]): Reply =>
  (response, request, index) =>
    replies[Math.min(index, replies.length - 1)]?.(response, request, index)

/** Sends these pieces, one per packet, and ends. */
export async function send(
  response: ServerResponse,
  pieces: readonly (string | Uint8Array)[],
  headers: Headers,
): Promise<void> {
  response.writeHead(200, headers)
  for (const piece of pieces) {
    response.write(piece)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  response.end()
}

/** Sends these pieces and breaks the connection. */
export async function sendAndBreak(
  response: ServerResponse,
  pieces: readonly (string | Uint8Array)[],
  headers: Headers,
): Promise<void> {
  response.writeHead(200, headers)
  for (const piece of pieces) response.write(piece)
  // Node 22 loses an HTTP/2 error that arrives together with the data before it.
  await new Promise(resolve => setTimeout(resolve, 80))
  cut(response)
}

/** Sends the headers and these pieces, then nothing more while the connection lasts. */
export function sendAndHang(
  response: ServerResponse,
  pieces: readonly (string | Uint8Array)[],
  headers: Headers,
): void {
  response.writeHead(200, headers)
  response.flushHeaders()
  for (const piece of pieces) response.write(piece)
}

/** Breaks the connection. */
export function cut(response: ServerResponse): void {
  const { stream } = response as Partial<Pick<Http2ServerResponse, 'stream'>>
  if (stream) stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else response.socket?.destroy()
}

/** Breaks the connection instead of answering. */
export const reset: Reply = response => cut(response)

/** These bytes in pieces of `size`. */
export function cutBytes(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )
}

/**
 * Replies of a host whose event streams have these headers.
 *
 * @param textsOf converts the arguments of a reply into event texts
 */
export const streamReplies = <T>(sse: Headers, textsOf: (all: readonly T[]) => readonly string[]) => ({
  /** Sends these pieces as an event stream, one per packet. */
  send: (
    response: ServerResponse,
    pieces: readonly (string | Uint8Array)[],
    headers: Headers = sse,
  ): Promise<void> => send(response, pieces, headers),

  /** Sends these events and breaks the connection. */
  breakAfter:
    (...all: readonly T[]): Reply =>
    response =>
      sendAndBreak(response, textsOf(all), sse),

  /** Sends these events, then nothing more while the connection lasts. */
  hang:
    (...all: readonly T[]): Reply =>
    response =>
      sendAndHang(response, textsOf(all), sse),
})

/** Answers with any text and content type. */
export const textAs =
  (text: string, type: string): Reply =>
  response =>
    void response.writeHead(200, { 'content-type': type }).end(text)
