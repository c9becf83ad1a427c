import { checkedLimits, type ServerLimits } from './limits.ts'
import { checkedProjects, type Project } from './projects.ts'
import { Server } from './server.ts'
import { checkedStudio, type StudioOptions } from './studio/studio-options.ts'

export interface ServerOptions {
  /** By name. */
  readonly projects: Readonly<Record<string, Project>>
  readonly limits?: Partial<ServerLimits>
  /** The page, with `files` of `@runtape/studio`. Default: none. */
  readonly studio?: StudioOptions
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
 * import { sqliteStore } from '@runtape/store-sqlite'
 *
 * const { key, stored } = await issueKey(['admin'])
 * const server = createServer({
 *   projects: { support: { store: sqliteStore('support.db'), keys: { list: () => [stored] } } },
 * })
 * const response = await server.fetch(
 *   new Request('http://localhost/v1/usage', { headers: { authorization: `Bearer ${key}` } }),
 * )
 * console.log(await response.json())
 * ```
 */
export function createServer(options: ServerOptions): RuntapeServer {
  const { projects, limits, studio } = options ?? {}
  const server = new Server(checkedProjects(projects), checkedLimits(limits), checkedStudio(studio))
  return { fetch: request => server.answer(request), close: () => server.close() }
}
