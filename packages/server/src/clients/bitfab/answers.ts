import { errorResponse } from '../../http-error.ts'
import { readBody } from '../../requests/read-body.ts'
import { readJson } from '../../requests/read-json.ts'
import type { ClientRequest } from '../client-route.ts'

export const bodyOf = async ({ request, limits }: ClientRequest): Promise<unknown> =>
  readJson(await readBody(request, limits), limits.nesting)

/** Clients print the first 500 characters of an error's body, and expect `error` to be a text. */
export async function failed(thrown: unknown): Promise<Response> {
  const response = errorResponse(thrown)
  const { error } = (await response.json()) as { readonly error: { code: string; message: string } }
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  return Response.json({ error: error.message, code: error.code }, { status: response.status, headers })
}
