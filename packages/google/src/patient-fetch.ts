import type { Fetch } from '@runtape/provider/http'
import { isOfSdk } from './provider.ts'

interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean
}

const place = Symbol.for('undici.globalDispatcher.1')
const globalDispatcher = (): Dispatcher | undefined => {
  // Makes Node load the module that sets it.
  new Headers()
  return (globalThis as unknown as Record<symbol, Dispatcher | undefined>)[place]
}

// No limit on the wait for an answer or its next piece.
const patient: Dispatcher = {
  dispatch: (options, handler) =>
    (globalDispatcher() as Dispatcher).dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, handler),
}

/**
 * The global `fetch`, looked up at each call. The SDK removes Node's five-minute limits from its requests unless it has a
 * `fetch`: then the tap must do so, so that the application waits as long as before.
 */
export const patientFetch: Fetch = (input, init) => {
  const headers =
    init?.headers ?? (typeof input === 'object' && 'headers' in input ? input.headers : undefined)
  if (!isOfSdk(new Headers(headers)) || !globalDispatcher()) return globalThis.fetch(input, init)
  return globalThis.fetch(input, { ...init, dispatcher: patient } as RequestInit)
}
