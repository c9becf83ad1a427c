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
