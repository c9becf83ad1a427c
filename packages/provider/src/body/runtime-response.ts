/**
 * The `Response` class of the runtime, of which `fetch` returns instances. The global class may be another: Hono's
 * server replaces it with a lighter subclass that reads private fields which the runtime's responses lack.
 *
 * Looked up with the first response: the runtime loads the class lazily, which takes longer than loading this package.
 */
export function runtimeResponse(): typeof Response {
  let found = Response
  for (let base = baseOf(found); base; base = baseOf(base)) found = base
  return found
}

function baseOf(constructor: typeof Response): typeof Response | undefined {
  const base: unknown = Object.getPrototypeOf(constructor)
  // The last one is `Function.prototype`, a function without a `prototype`.
  return typeof base === 'function' && base.prototype ? (base as typeof Response) : undefined
}

/**
 * Whether it is a request of any class. A request made before the global class was replaced is not an instance of that.
 */
export const isRequest = (input: string | URL | Request): input is Request =>
  typeof input === 'object' && 'url' in input

/** The body that the runtime's own getter returns. */
export const bodyOf = (response: Response): Response['body'] =>
  Reflect.get(runtimeResponse().prototype, 'body', response)

/** Whether the response is of the runtime's own class, not a subclass. */
export const isOfRuntime = (response: Response): boolean =>
  Object.getPrototypeOf(response) === runtimeResponse().prototype

/** Whether such a response has an unused body. */
export const isOrdinary = (response: Response): boolean =>
  isOfRuntime(response) && !response.bodyUsed && response.body !== null

/** A response with this body that is otherwise like the original. */
export function likeness(original: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers, url, redirected, type } = original
  return like(new (runtimeResponse())(body, { status, statusText, headers }), { url, redirected, type })
}

/** Sets the properties that no constructor sets, also on clones. */
function like(response: Response, told: Pick<Response, 'url' | 'redirected' | 'type'>): Response {
  for (const [name, value] of Object.entries(told))
    Object.defineProperty(response, name, { value, configurable: true })
  const value = () => like(runtimeResponse().prototype.clone.call(response), told)
  return Object.defineProperty(response, 'clone', { value, writable: true, configurable: true })
}
