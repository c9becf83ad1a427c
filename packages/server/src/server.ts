import { longTarget, type Route, routes } from '@runtape/store-http/wire'
import { type Context, Hono } from 'hono'
import { authenticate, type Caller } from './access/authenticate.ts'
import { allows } from './access/keys.ts'
import { RateLimit } from './access/rate.ts'
import { appendRecords } from './api/append-records.ts'
import { argumentsOf, callMember, type StoreCall } from './api/call-store.ts'
import { corsHeaders, keepFeedback } from './api/feedback.ts'
import { wrappedRequest } from './api/long-request.ts'
import { priced } from './api/priced.ts'
import { readiness } from './api/probes.ts'
import type { ClientRequest, ClientRoute } from './clients/client-route.ts'
import { clientRoutes } from './clients/client-routes.ts'
import { errorResponse, HttpError } from './http-error.ts'
import type { ServerLimits } from './limits.ts'
import { Metrics } from './metrics/metrics.ts'
import { documentResponse } from './openapi/serve-document.ts'
import type { Project } from './projects.ts'
import { Gate } from './requests/gate.ts'
import { readBody } from './requests/read-body.ts'
import { readJson, requireShallow } from './requests/read-json.ts'
import { keyInCookie, requireOwnPage } from './studio/session.ts'
import { Studio } from './studio/studio.ts'
import type { StudioOptions } from './studio/studio-options.ts'

/** A call of the store for which a request is. */
interface Asked extends Pick<StoreCall, 'route' | 'segments'> {
  /** Such as `runs.get`. */
  readonly member: string
}

/** Answers requests for the projects. */
export class Server {
  readonly #named: ReadonlyMap<string, Project>
  readonly #projects: readonly Project[]
  readonly #limits: ServerLimits
  readonly #rate: RateLimit
  readonly #gate: Gate
  readonly #app = new Hono()
  readonly #metrics: ReadonlyMap<Project, Metrics>
  readonly #studio: Studio | undefined

  constructor(projects: ReadonlyMap<string, Project>, limits: ServerLimits, studio?: StudioOptions) {
    this.#named = projects
    this.#projects = [...projects.values()]
    this.#limits = limits
    this.#rate = new RateLimit(limits.requestsPerSecond)
    this.#gate = new Gate(limits.concurrentRequests, limits.requestMs)
    this.#metrics = new Map(this.#projects.map(project => [project, new Metrics()]))
    this.#studio = studio && new Studio(studio, limits, key => this.#isKey(key))
    for (const [member, route] of Object.entries(routes)) this.#addStoreRoute(member, route)
    for (const route of clientRoutes) this.#addClientRoute(route)
    this.#addOtherRoutes()
    this.#app.notFound(({ req }) => this.#pageOf(req.raw) ?? errorResponse(noRoute))
    this.#app.onError(error => errorResponse(error))
  }

  async answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    // A busy server is alive.
    if (pathname === '/healthz') return Response.json({ status: 'ok' })
    try {
      this.#studio?.requireHost(request)
      return await this.#gate.pass(async () => this.#app.fetch(request))
    } catch (error) {
      return errorResponse(error)
    }
  }

  close(): Promise<void> {
    return this.#gate.close()
  }

  #addStoreRoute(member: string, route: Route): void {
    const ids = [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
    this.#app.on(route.method, `/v1${route.path}`, context =>
      this.#measured(context, route, async ({ project }) => {
        const segments = ids.map(name => context.req.param(name) ?? '')
        return responseWith(await this.#call(project, { member, route, segments }, context), route)
      }),
    )
  }

  #addClientRoute(route: ClientRoute): void {
    this.#app.on(route.method, route.path, context => {
      const inItsForm = (thrown: unknown) => (route.errorResponse ?? errorResponse)(thrown, context.req.raw)
      const answer = ({ project }: Caller) => route.answer(this.#clientRequest(project, context, route))
      return this.#measured(context, route, answer, inItsForm).catch(inItsForm)
    })
  }

  #addOtherRoutes(): void {
    this.#app.get('/readyz', () => readiness(this.#named))
    this.#app.get('/v1/openapi.json', () => documentResponse())
    this.#app.get('/metrics', context =>
      this.#measured(context, metricsRoute, ({ project }) => this.#counts(project)),
    )
    this.#app.post(`/v1${longTarget}`, async ({ req }) =>
      this.#app.fetch(await wrappedRequest(req.raw, this.#limits)),
    )
    if (this.#studio) this.#addSession(this.#studio)
    this.#app.on(['OPTIONS', 'POST'], '/v1/feedback', async ({ req }) => {
      const headers = corsHeaders(this.#projects, req.header('origin') ?? null)
      if (req.method === 'OPTIONS') return new Response(undefined, { status: 204, headers })
      this.#rate.take('feedback')
      const response = await keepFeedback(this.#projects, req.raw, this.#limits).catch(errorResponse)
      for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
      return response
    })
  }

  #addSession(studio: Studio): void {
    this.#app.on(['POST', 'DELETE'], '/v1/session', ({ req }) => {
      this.#rate.take('session')
      return studio.session(req.raw)
    })
  }

  #pageOf(request: Request): Response | undefined {
    return request.method === 'GET' ? this.#studio?.file(request) : undefined
  }

  #isKey(key: string): Promise<boolean> {
    return authenticate(this.#projects, key).then(
      () => true,
      () => false,
    )
  }

  /** Answers for the project of the request's key, and counts the answer. */
  async #measured(
    context: Context,
    route: Pick<Route, 'path' | 'scope' | 'method'>,
    work: (caller: Caller) => Response | Promise<Response>,
    inItsForm: (thrown: unknown) => Response | Promise<Response> = errorResponse,
  ): Promise<Response> {
    const start = performance.now()
    const caller = await this.#enter(context, route)
    const response = await Promise.resolve(work(caller)).catch(inItsForm)
    const seconds = (performance.now() - start) / 1000
    this.#metrics.get(caller.project)?.answered(`${route.method} ${route.path}`, response.status, seconds)
    return response
  }

  /** The project of the request's key, which must allow the route. */
  async #enter({ req }: Context, { scope }: Pick<Route, 'scope'>): Promise<Caller> {
    const caller = await authenticate(this.#projects, this.#authorizationOf(req.raw))
    const { key } = caller
    this.#rate.take(key.id)
    if (allows(key, scope)) return caller
    throw new HttpError(
      403,
      'forbidden',
      `The key ${key.id} has the scopes ${key.scopes.join(', ')}, and this needs ${scope}. Use another key.`,
    )
  }

  /** A browser with a session has its key in a cookie. */
  #authorizationOf(request: Request): string | null {
    const given = request.headers.get('authorization')
    const key = given === null && this.#studio ? keyInCookie(request) : undefined
    if (key === undefined) return given
    requireOwnPage(request)
    return key
  }

  async #call(project: Project, { member, route, segments }: Asked, { req }: Context): Promise<unknown> {
    const text = ['GET', 'DELETE'].includes(route.method) ? '' : await readBody(req.raw, this.#limits)
    if (member === 'append') {
      const receipt = await appendRecords(project.store, text, req.header('content-type') ?? '', this.#limits)
      this.#metrics.get(project)?.appended(receipt)
      return receipt
    }
    const body = text === '' ? undefined : readJson(text, this.#limits.nesting)
    const query = new URL(req.url).searchParams
    for (const [name, value] of query) requireShallow(value, this.#limits.nesting, `The parameter ${name}`)
    return callMember(project.store, member, argumentsOf({ route, segments, query, body }))
  }

  #clientRequest(project: Project, { req }: Context, { path }: ClientRoute): ClientRequest {
    const metrics = this.#metrics.get(project)
    return {
      ...{ request: req.raw, segments: req.param(), project, limits: this.#limits },
      projectName: this.#nameOf(project),
      append: async records => {
        const receipt = await project.store.append(priced(records, project))
        metrics?.appended(receipt)
        return receipt
      },
      note: (result, count) => metrics?.noted(path, result, count),
    }
  }

  #nameOf(project: Project): string {
    for (const [name, named] of this.#named) if (named === project) return name
    return ''
  }

  #counts(project: Project): Response {
    const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }
    return new Response(this.#metrics.get(project)?.toText(), { headers })
  }
}

const metricsRoute = { method: 'GET', path: '/metrics', scope: 'read' } as const

const noRoute = new HttpError(404, 'no-such-route', 'There is no such route. See /v1/openapi.json.')

function responseWith(value: unknown, { method }: Route): Response {
  if (value !== undefined) return Response.json(value)
  if (method !== 'GET') return new Response(undefined, { status: 204 })
  throw new HttpError(404, 'not-found', 'The store has no such record.')
}
