/**
 * The `Response` of the runtime, of which what `fetch` gives is. The global one may be another: a server of Hono puts a
 * lighter class in its place, which extends it and reads private fields that a response of the runtime has not.
 *
 * Asked for with the first response: the runtime loads it only then, which takes longer than to load all that is here.
 */
export function runtimeResponse(): typeof Response {
  let found = Response
  for (let base = baseOf(found); base; base = baseOf(base)) found = base
  return found
}

function baseOf(constructor: typeof Response): typeof Response | undefined {
  const base: unknown = Object.getPrototypeOf(constructor)
  // The last one is `Function.prototype`, a function without a prototype for objects.
  return typeof base === 'function' && base.prototype ? (base as typeof Response) : undefined
}

/** Whether it is a request, of whichever class: one that was made before the global class was replaced is none of it. */
export const isRequest = (input: string | URL | Request): input is Request =>
  typeof input === 'object' && 'url' in input

/** The body that the runtime itself gives the response. */
export const bodyOf = (response: Response): Response['body'] =>
  Reflect.get(runtimeResponse().prototype, 'body', response)

/** Whether it is a response of the runtime itself and nothing else. */
export const isOfRuntime = (response: Response): boolean =>
  Object.getPrototypeOf(response) === runtimeResponse().prototype

/** Whether such a response has a body that was not used. */
export const isOrdinary = (response: Response): boolean =>
  isOfRuntime(response) && !response.bodyUsed && response.body !== null

/** A response with this body that is like the other in everything else. */
export function likeness(original: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers, url, redirected, type } = original
  return like(new (runtimeResponse())(body, { status, statusText, headers }), { url, redirected, type })
}

/** With what of a response no constructor sets, also of its clones. */
function like(response: Response, told: Pick<Response, 'url' | 'redirected' | 'type'>): Response {
  for (const [name, value] of Object.entries(told))
    Object.defineProperty(response, name, { value, configurable: true })
  const value = () => like(runtimeResponse().prototype.clone.call(response), told)
  return Object.defineProperty(response, 'clone', { value, writable: true, configurable: true })
}
