import http from 'node:http'
import { replaceProperty } from '@runtape/core/internal'

/** A request before it is sent. */
export interface OutgoingRequest {
  readonly method: string
  readonly url: URL
}

/** Returns why it must not be sent, or nothing. */
type Check = (request: OutgoingRequest) => Error | undefined

/** Restores one property. */
type Restore = () => void

let users = 0
let restores: readonly Restore[] = []

/**
 * Calls `check` for every request of this process until the last caller has called its returned function. Covers `http` and
 * `https` at their agents, and the built-in `fetch` also at its dispatcher, so that functions imported or passed to a client
 * earlier are covered as well.
 */
export function patchNetwork(check: Check): () => void {
  if (users++ === 0) restores = [patchFetch(check), ...patchDispatchers(check), patchAgents(check)]
  let isReleased = false
  return () => {
    if (isReleased) return
    isReleased = true
    if (--users === 0) for (const restore of restores) restore()
  }
}

function patchFetch(check: Check): Restore {
  const { fetch } = globalThis
  const guarded: typeof fetch = async (input, init) => {
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET')
    const url = urlOf(input instanceof Request ? input.url : String(input))
    const error = url && check({ method: method.toUpperCase(), url })
    if (error) throw error
    return fetch(input, init)
  }
  return replaceProperty(globalThis, 'fetch', guarded)
}

interface Dispatcher {
  dispatch(options: { method: string; path: string; origin?: string | URL }, handler: unknown): boolean
}

const dispatcherKey = /^undici\.globalDispatcher\.\d+$/

/** The global dispatchers: one for each version of the contract that a loaded undici knows (2 came with Node 26). */
function globalDispatchers(): Dispatcher[] {
  // They exist after the first fetch; fetching nothing creates them.
  fetch('data:,').catch(() => {})
  const keys = Object.getOwnPropertySymbols(globalThis).filter(key =>
    dispatcherKey.test(Symbol.keyFor(key) ?? ''),
  )
  const dispatchers = keys.map(key => (globalThis as Record<symbol, unknown>)[key] as Dispatcher)
  return dispatchers.filter(dispatcher => typeof dispatcher?.dispatch === 'function')
}

const patchDispatchers = (check: Check): Restore[] =>
  globalDispatchers().map(dispatcher => patchDispatcher(dispatcher, check))

function patchDispatcher(original: Dispatcher, check: Check): Restore {
  const { dispatch } = original
  const guarded: Dispatcher['dispatch'] = (options, handler) => {
    const url = urlOf(`${options.origin ?? ''}${options.path}`)
    const error = url && check({ method: options.method, url })
    if (error) throw error
    return dispatch.call(original, options, handler)
  }
  return replaceProperty(original, 'dispatch', guarded)
}

interface AgentPrototype {
  addRequest(request: ClientRequest, ...rest: unknown[]): void
}

interface ClientRequest extends Omit<http.ClientRequest, 'onSocket'> {
  /** How an agent reports to a request that it gets no socket. */
  onSocket(socket: null, error?: Error): void
}

function patchAgents(check: Check): Restore {
  const prototype = http.Agent.prototype as unknown as AgentPrototype
  const { addRequest } = prototype
  const guarded = function (this: unknown, request: ClientRequest, ...rest: unknown[]): void {
    const { protocol, host, method, path } = request
    const port = (rest[0] as { port?: unknown } | undefined)?.port
    const url = urlOf(`${protocol}//${host}${port === undefined ? '' : `:${port}`}${path}`)
    const error = url && check({ method, url })
    if (error) request.onSocket(null, error)
    else addRequest.call(this as AgentPrototype, request, ...rest)
  }
  return replaceProperty(prototype, 'addRequest', guarded)
}

// A request without a URL goes nowhere.
function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
