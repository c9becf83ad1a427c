import type { UnrecordedRequest } from '@runtape/trace/provider'
import { isRequest } from '../body/runtime-response.ts'
import type { HttpProvider } from './http-provider.ts'
import { urlOf } from './model-request.ts'

/** What a request is that calls no model; `undefined` where it goes nowhere: the SDK tries this runtime with `data:`. */
export function unrecordedRequest(
  { name }: HttpProvider,
  input: string | URL | Request,
  init: RequestInit | undefined,
): UnrecordedRequest | undefined {
  const url = urlOf(input)
  if (!/^https?:/i.test(url)) return undefined
  const method = init?.method ?? (isRequest(input) ? input.method : 'GET')
  // Without what is asked, which may hold a secret.
  return { key: `${name}.request`, name: `${method.toUpperCase()} ${new URL(url).pathname}` }
}
