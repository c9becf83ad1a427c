import { RuntapeError } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { longTarget, type Route, routes } from '@runtape/store-http/wire'
import { type Context, Hono } from 'hono'
import { authenticate } from './access/authenticate.ts'
import { allows, type KeyRing } from './access/keys.ts'
import { RateLimit } from './access/rate.ts'
import { appendRecords } from './api/append-records.ts'
import { argumentsOf, callMember } from './api/call-store.ts'
import { errorResponse, HttpError } from './http-error.ts'
import { checkedLimits, type ServerLimits } from './limits.ts'
import { Gate } from './requests/gate.ts'
import { readBody } from './requests/read-body.ts'
import { readJson } from './requests/read-json.ts'

/** A store and the keys that open it. No request reaches another project's store. */
export interface Project {
  readonly store: Store
  readonly keys: KeyRing
}

export interface ServerOptions {
  /** By name. */
  readonly projects: Readonly<Record<string, Project>>
  readonly limits?: Partial<ServerLimits>
}

export interface RuntapeServer {
  /** A web-standard handler, for any server that takes one. */
  fetch(request: Request): Promise<Response>
  /** Refuses new requests and resolves when those in progress have been answered. Closes no store. */
  close(): Promise<void>
}

/**
 * One tally and one tape over HTTP: records come in and queries are answered below `/v1`, for the project of the request's key.
 *
 * @throws {RuntapeError} `invalid-option`
 *
 * @example
 * ```ts
 * import { createServer, issueKey } from '@runtape/server'
 * import { memoryStore } from '@runtape/testing'
 *
 * const { key, stored } = await issueKey(['admin'])
 * const server = createServer({ projects: { support: { store: memoryStore(), keys: { list: () => [stored] } } } })
 * const response = await server.fetch(
 *   new Request('http://localhost/v1/usage', { headers: { authorization: `Bearer ${key}` } }),
 * )
 * console.log(await response.json())
 * ```
 */
export function createServer(options: ServerOptions): RuntapeServer {
  const server = new Server(checkedProjects(options.projects), checkedLimits(options.limits))
  return { fetch: async request => server.answer(request), close: () => server.close() }
}

class Server {
  readonly #projects: readonly Project[]
  readonly #limits: ServerLimits
  readonly #rate: RateLimit
  readonly #gate: Gate
  readonly #app = new Hono()

  constructor(projects: readonly Project[], limits: ServerLimits) {
    this.#projects = projects
    this.#limits = limits
    this.#rate = new RateLimit(limits.requestsPerSecond)
    this.#gate = new Gate(limits.concurrentRequests, limits.requestMs)
    for (const [member, route] of Object.entries(routes)) this.#add(member, route)
    this.#app.post(`/v1${longTarget}`, async context => this.#passOn(context))
    this.#app.notFound(() => errorResponse(noRoute))
    this.#app.onError(error => errorResponse(error))
  }

  async answer(request: Request): Promise<Response> {
    try {
      return await this.#gate.pass(async () => this.#app.fetch(request))
    } catch (error) {
      return errorResponse(error)
    }
  }

  close(): Promise<void> {
    return this.#gate.close()
  }

  #add(member: string, route: Route): void {
    this.#app.on(route.method, `/v1${route.path}`, async context => {
      const { store } = await this.#enter(context, route)
      const value = await this.#call(store, member, route, context)
      return responseWith(value, route)
    })
  }

  /** The project of the request's key, which must allow the route. */
  async #enter(context: Context, { scope }: Route): Promise<Project> {
    const { project, key } = await authenticate(this.#projects, context.req.header('authorization') ?? null)
    this.#rate.take(key.id)
    if (allows(key, scope)) return project
    throw new HttpError(
      403,
      'forbidden',
      `The key ${key.id} has the scopes ${key.scopes.join(', ')}, and this needs ${scope}. Use another key.`,
    )
  }

  async #call(store: Store, member: string, route: Route, { req }: Context): Promise<unknown> {
    const text = ['GET', 'DELETE'].includes(route.method) ? '' : await readBody(req.raw, this.#limits)
    if (member === 'append')
      return appendRecords(store, text, req.header('content-type') ?? '', this.#limits)
    const { nesting } = this.#limits
    const segments = [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => req.param(name) ?? '')
    const body = text === '' ? undefined : readJson(text, nesting)
    const query = new URL(req.url).searchParams
    return callMember(store, member, argumentsOf({ route, segments, query, body }))
  }

  /** Answers the request in the body of another one. */
  async #passOn({ req }: Context): Promise<Response> {
    const { bodyBytes, nesting } = this.#limits
    const { method, target, body, type } = readJson(await readBody(req.raw, this.#limits), nesting) as {
      readonly [name: string]: unknown
    }
    if (typeof method !== 'string' || typeof target !== 'string' || !target.startsWith('/'))
      throw new RuntapeError('invalid-option', 'The body must be { method, target, body }.')
    if (target.length > bodyBytes || target.startsWith(longTarget)) throw noRoute
    const headers = new Headers({ authorization: req.header('authorization') ?? '' })
    if (typeof type === 'string') headers.set('content-type', type)
    const url = new URL(`/v1${target}`, req.url)
    return this.#app.fetch(
      new Request(url, { method, headers, ...(typeof body === 'string' && { body }) }),
    )
  }
}

const noRoute = new HttpError(404, 'no-such-route', 'There is no such route. See /v1/openapi.json.')

function responseWith(value: unknown, { method }: Route): Response {
  if (value !== undefined) return Response.json(value)
  if (method !== 'GET') return new Response(undefined, { status: 204 })
  throw new HttpError(404, 'not-found', 'The store has no such record.')
}

function checkedProjects(projects: ServerOptions['projects']): readonly Project[] {
  const all = Object.entries(projects ?? {})
  if (all.length === 0)
    throw new RuntapeError(
      'invalid-option',
      'createServer needs at least one project: createServer({ projects: { support: { store, keys } } }).',
    )
  for (const [name, project] of all)
    if (typeof project?.store?.append !== 'function' || typeof project.keys?.list !== 'function')
      throw new RuntapeError('invalid-option', `The project "${name}" must have a store and keys.`)
  return all.map(([, project]) => project)
}
