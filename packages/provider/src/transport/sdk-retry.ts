/** How an SDK that does not count its attempts tries again. */
export interface RetryRule {
  /** How often it sends a request at most. */
  readonly attempts: number
  /** How long it waits before it sends the request again at most, in milliseconds. */
  readonly longestWaitMs: number
  /** Whether it tries again after an answer with this status, or after this error where none came. */
  isRetryable(failure: { readonly status: number } | { readonly error: unknown }): boolean
}

/** What a request tells of the attempts at its call. */
interface Attempted {
  /** How many attempts the SDK made before this one; `undefined` for an SDK that does not count. */
  readonly retryCount: number | undefined
  /** How an SDK that does not count tries again. */
  readonly retry: RetryRule | undefined
}

const longestBackOffMs = 8_000
// For what happens between two attempts besides waiting: a fresh key, a busy event loop.
const marginMs = 2_000

/** Whether the SDK counts its attempts at this request, so that the next one can be told from a new call. */
export const isCounted = ({ retryCount }: Attempted): boolean => retryCount !== undefined

/**
 * Whether another attempt may follow this one, which was the `attempts`th. A client that counts does not say how many
 * it makes: each request may have another limit.
 */
export const mayFollow = (request: Attempted, attempts: number): boolean =>
  request.retry ? attempts < request.retry.attempts : isCounted(request)

/** The SDK's own rule: which answers it asks again after. */
export function isRetryable({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  const said = headers.get('x-should-retry')
  if (said === 'true' || said === 'false') return said === 'true'
  return status === 408 || status === 409 || status === 429 || status >= 500
}

/** By when the SDK has made its next attempt, if it makes one, in milliseconds from now. */
export function longestWaitMs({ retry, retryCount = 0 }: Attempted, headers?: Headers): number {
  if (retry) return retry.longestWaitMs + marginMs
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '')
  const seconds = Number.parseFloat(headers?.get('retry-after') ?? '')
  const told = Number.isNaN(milliseconds) ? seconds * 1000 : milliseconds
  const backOff = Math.min(500 * 2 ** retryCount, longestBackOffMs)
  return Math.max(backOff, Number.isNaN(told) ? 0 : Math.min(told, 600_000)) + marginMs
}
