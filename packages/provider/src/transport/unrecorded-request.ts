import type { UnrecordedRequest } from '@runtape/trace/provider'
import { isRequest } from '../body/runtime-response.ts'
import type { HttpProvider } from './http-provider.ts'
import { urlOf } from './model-request.ts'

/**
 * Describes a request that calls no model; `undefined` if it goes nowhere: the SDK tests the runtime with `data:` URLs.
 */
export function unrecordedRequest(
  { name }: HttpProvider,
  input: string | URL | Request,
  init: RequestInit | undefined,
): UnrecordedRequest | undefined {
  const url = urlOf(input)
  if (!/^https?:/i.test(url)) return undefined
  const method = init?.method ?? (isRequest(input) ? input.method : 'GET')
  // Without the query, which may contain a secret.
  return { key: `${name}.request`, name: `${method.toUpperCase()} ${new URL(url).pathname}` }
}
