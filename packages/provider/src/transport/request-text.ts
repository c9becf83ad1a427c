import { realTimers } from '@runtape/core/internal'
import { isRequest } from '../body/runtime-response.ts'

/**
 * Milliseconds that a body may take to be produced. An application may produce it while it reads the response, which comes only
 * after the request has been sent.
 */
const longestMs = 1000

/**
 * The text that a `Request` sends, read from a copy of it; `undefined` if there is nothing that must be read first, or the body is
 * not whole soon. Some SDKs pass a `Request` to `fetch`, and its body can only be read asynchronously.
 */
export function textOfRequest(
  input: string | URL | Request,
  init: RequestInit | undefined,
): Promise<string | undefined> | undefined {
  if (!isRequest(input) || (init?.body ?? undefined) !== undefined) return undefined
  // Copies of other bodies, such as Node streams, wait until both are read.
  if (!(input.body instanceof ReadableStream) || input.bodyUsed || !isText(input)) return undefined
  return soon(input.clone().text(), input.signal).catch(() => undefined)
}

function soon<T>(reading: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>()
  const giveUp = () => late.resolve(undefined)
  const timer = realTimers.setTimeout(giveUp, longestMs)
  signal.addEventListener('abort', giveUp)
  // The copy is read on, so that the body itself is never held up; its text is of no use any more.
  return Promise.race([reading, late.promise]).finally(() => {
    realTimers.clearTimeout(timer)
    signal.removeEventListener('abort', giveUp)
  })
}

// An upload may be large, and is not recorded.
const isText = ({ headers }: Request): boolean => /json|^text\//i.test(headers.get('content-type') ?? '')
