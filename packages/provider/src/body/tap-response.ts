import type { BodyReader } from './body-reader.ts'
import { type BodyEnd, BodyTap } from './body-tap.ts'
import { lazyPrototype } from './response-proxy.ts'
import { runtimeResponse } from './runtime-response.ts'
import { TappedBody } from './tapped-body.ts'

/** The same response with a body that is read on the side. `onEnd` is called once; it must not hold on to it. */
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

// What of a response no constructor sets.
const slot = Symbol('runtape.original')

type Original = Pick<Response, 'url' | 'redirected' | 'type'>
type Likeness = Response & { readonly [slot]: Original }

/** A response with this body that is like the other in everything else. */
export function likeness(original: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers, url, redirected, type } = original
  return asOriginal(new (runtimeResponse())(body, { status, statusText, headers }), { url, redirected, type })
}

function asOriginal(response: Response, original: Original): Response {
  Object.defineProperty(response, slot, { value: original })
  return asLike(response)
}

const told = (name: keyof Original): PropertyDescriptor => ({
  get(this: Likeness): unknown {
    return this[slot][name]
  },
})

const asLike = lazyPrototype({
  url: told('url'),
  redirected: told('redirected'),
  type: told('type'),
  clone: {
    value: function (this: Likeness): Response {
      return asOriginal(runtimeResponse().prototype.clone.call(this), this[slot])
    },
  },
})
