import type { BodyReader } from './body-reader.ts'
import { type BodyEnd, BodyTap } from './body-tap.ts'
import { method } from './response-proxy.ts'
import { runtimeResponse } from './runtime-response.ts'
import { TappedBody } from './tapped-body.ts'

/** The same response with a body that is observed. `onEnd` is called once; it must not hold a reference to it. */
export function tapResponse(
  response: Response,
  source: ReadableStream<Uint8Array>,
  reader: BodyReader,
  signal: AbortSignal | undefined,
  onEnd: (end: BodyEnd) => void,
): Response {
  return likeness(response, new TappedBody(new BodyTap(source, reader, signal, onEnd)))
}

/** The body, where it can be tapped and its status is one that a response can be made with. */
export function tappableBody({ body, status }: Response): ReadableStream<Uint8Array> | undefined {
  return body instanceof ReadableStream && !body.locked && status >= 200 && status <= 599 ? body : undefined
}

/** A response with this body that is like the other in everything else. */
export function likeness(original: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers, url, redirected, type } = original
  return like(new (runtimeResponse())(body, { status, statusText, headers }), { url, redirected, type })
}

/** With what of a response no constructor sets, also of its clones. */
function like(response: Response, told: Pick<Response, 'url' | 'redirected' | 'type'>): Response {
  for (const [name, value] of Object.entries(told))
    Object.defineProperty(response, name, { value, configurable: true })
  const clone = method(() => like(runtimeResponse().prototype.clone.call(response), told))
  return Object.defineProperty(response, 'clone', clone)
}
