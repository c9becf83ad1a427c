import { RuntapeError } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { fieldsOf, type Route, textOfSegment } from '@runtape/store-http/wire'

/** A request that has been read. */
export interface StoreCall {
  readonly route: Route
  /** Percent-decoded. */
  readonly segments: readonly string[]
  readonly query: URLSearchParams
  /** `undefined` if there was none. */
  readonly body: unknown
}

/** The arguments of the member for which a request is. */
export function argumentsOf({ route, segments, query, body }: StoreCall): unknown[] {
  const ids = segments.map(textOfSegment)
  const { takes, method } = route
  if (takes === 'body') return [...ids, body]
  const fields = fieldsOf(query)
  if (takes === 'query') return [...ids, Object.keys(fields).length === 0 ? undefined : fields]
  const named = ['GET', 'DELETE'].includes(method) ? fields : objectOf(body)
  requireNamed(takes, named)
  return [...ids, ...takes.map(name => named[name])]
}

/** A misspelt `options.dryRun` or `version` would be ignored. */
function requireNamed(names: readonly string[], given: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(given))
    if (!names.includes(name))
      throw new RuntapeError(
        'invalid-option',
        `The request has no argument ${JSON.stringify(name)}. ${names.length === 0 ? 'Leave it out' : `Use some of ${names.join(', ')}`}.`,
      )
}

function objectOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>
  if (body === undefined) return {}
  throw new RuntapeError('invalid-option', 'The body must be a JSON object. See /v1/openapi.json.')
}

/** @param member such as `runs.get` */
export function callMember(store: Store, member: string, args: readonly unknown[]): Promise<unknown> {
  const [part = '', name] = member.split('.')
  const owner = (name === undefined ? store : store[part as 'runs']) as unknown as Members
  return Promise.resolve(owner[name ?? part]?.(...args))
}

type Members = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>
