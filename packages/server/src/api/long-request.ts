import { RuntapeError } from '@runtape/core'
import { longTarget } from '@runtape/store-http/wire'
import type { ServerLimits } from '../limits.ts'
import { readBody } from '../requests/read-body.ts'
import { readJson } from '../requests/read-json.ts'

/**
 * The request in the body of another one, whose target would be too long for servers and proxies.
 *
 * @throws {RuntapeError} `invalid-option`
 */
export async function wrappedRequest(request: Request, limits: ServerLimits): Promise<Request> {
  const wrapped = readJson(await readBody(request, limits), limits.nesting) as Readonly<
    Record<string, unknown>
  >
  const { method, target, body, type } = wrapped ?? {}
  const isRequest =
    typeof method === 'string' &&
    /^(GET|POST|PUT|PATCH|DELETE)$/.test(method) &&
    typeof target === 'string' &&
    target.startsWith('/') &&
    !target.startsWith(longTarget)
  if (!isRequest) throw new RuntapeError('invalid-option', 'The body must be { method, target, body, type }.')
  const headers = new Headers({ authorization: request.headers.get('authorization') ?? '' })
  if (typeof type === 'string') headers.set('content-type', type)
  const hasBody = typeof body === 'string' && method !== 'GET' && method !== 'DELETE'
  return new Request(new URL(`/v1${target}`, request.url), { method, headers, ...(hasBody && { body }) })
}
