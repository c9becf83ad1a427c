import { RuntapeError } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import type { KeyRing } from './access/keys.ts'
import type { FeedbackSettings } from './api/feedback.ts'
import { checkedLimits, type ServerLimits } from './limits.ts'
import { Server } from './server.ts'

/** A store and the keys that open it. No request reaches another project's store. */
export interface Project {
  readonly store: Store
  readonly keys: KeyRing
  /** Default: browsers can send no feedback themselves. */
  readonly feedback?: FeedbackSettings
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
  const server = new Server(checkedProjects(options?.projects), checkedLimits(options?.limits))
  return { fetch: request => server.answer(request), close: () => server.close() }
}

function checkedProjects(projects: ServerOptions['projects'] | undefined): ReadonlyMap<string, Project> {
  const all = Object.entries(projects ?? {})
  if (all.length === 0)
    throw refused(
      'createServer needs at least one project: createServer({ projects: { support: { store, keys } } })',
    )
  for (const [name, project] of all) {
    if (typeof project?.store?.append !== 'function' || typeof project.keys?.list !== 'function')
      throw refused(`The project "${name}" must have a store and keys`)
    for (const origin of project.feedback?.origins ?? [])
      if (!URL.canParse(origin) || new URL(origin).origin !== origin)
        throw refused(
          `feedback.origins of project "${name}" must be origins such as "https://app.example.com" (got "${origin}")`,
        )
  }
  return new Map(all)
}

const refused = (reason: string): RuntapeError => new RuntapeError('invalid-option', `${reason}.`)
