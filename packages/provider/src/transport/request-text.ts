import { isRequest } from '../body/runtime-response.ts'

/**
 * The text that a `Request` sends, read from a copy of it; `undefined` if there is nothing that must be read first. Some
 * SDKs pass a `Request` to `fetch`, and its body can only be read asynchronously.
 */
export function textOfRequest(
  input: string | URL | Request,
  init: RequestInit | undefined,
): Promise<string | undefined> | undefined {
  if (!isRequest(input) || (init?.body ?? undefined) !== undefined) return undefined
  // Copies of other bodies, such as Node streams, wait until both are read.
  if (!(input.body instanceof ReadableStream) || input.bodyUsed || !isText(input)) return undefined
  return input
    .clone()
    .text()
    .catch(() => undefined)
}

// An upload may be large, and is not recorded.
const isText = ({ headers }: Request): boolean => /json|^text\//i.test(headers.get('content-type') ?? '')
