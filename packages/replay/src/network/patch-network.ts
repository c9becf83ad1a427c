import http from 'node:http'
import { replaceProperty } from '../process/replace-property.ts'

/** A request that is about to be sent. */
export interface OutgoingRequest {
  readonly method: string
  readonly url: URL
}

/** Says why it must not be sent, or nothing. */
type Check = (request: OutgoingRequest) => Error | undefined

/** Puts one property back as it was. */
type Restore = () => void

let users = 0
let restores: readonly Restore[] = []

/**
 * Asks `check` about every request of this process until the last caller has called what it was given. `http` and
 * `https` are covered at their agents, and the built-in `fetch` at its dispatcher too, so that what was imported or
 * handed to a client earlier is covered as well.
 */
export function patchNetwork(check: Check): () => void {
  if (users++ === 0) restores = [patchFetch(check), patchDispatcher(check), patchAgents(check)]
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

const dispatcher = Symbol.for('undici.globalDispatcher.1')

interface Dispatcher {
  dispatch(options: { method: string; path: string; origin?: string | URL }, handler: unknown): boolean
}

// It is there once anything was fetched; asking for nothing makes it so.
function patchDispatcher(check: Check): Restore {
  const globals = globalThis as { [dispatcher]?: Dispatcher }
  if (!globals[dispatcher]) fetch('data:,').catch(() => {})
  const original = globals[dispatcher]
  if (!original) return () => {}
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
  /** How an agent tells a request that it gets no socket. */
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

// What has no URL goes nowhere.
function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
