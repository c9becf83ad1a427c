/** How an SDK that does not count its attempts retries. */
export interface RetryRule {
  /** Maximum number of attempts, including the first. */
  readonly attempts: number
  /** Maximum delay before a retry, in milliseconds. */
  readonly longestWaitMs: number
  /** Whether it retries after an answer with this status, or after this error if there was no answer. */
  isRetryable(failure: { readonly status: number } | { readonly error: unknown }): boolean
}

/** What a request says about its attempts. */
interface Attempted {
  /** Number of attempts before this one; `undefined` for an SDK that does not count. */
  readonly retryCount: number | undefined
  /** How an SDK that does not count retries. */
  readonly retry: RetryRule | undefined
}

const longestBackOffMs = 8_000
// For whatever else happens between two attempts: getting a new key, a busy event loop.
const marginMs = 2_000

/** Whether the SDK counts attempts, so that the next attempt can be distinguished from a new call. */
export const isCounted = ({ retryCount }: Attempted): boolean => retryCount !== undefined

/**
 * Whether another attempt may follow this one, number `attempts`. A client that counts does not send its limit, which
 * can differ for each request.
 */
export const mayFollow = (request: Attempted, attempts: number): boolean =>
  request.retry ? attempts < request.retry.attempts : isCounted(request)

/** The SDK's own rule for which answers it retries. */
export function isRetryable({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  const said = headers.get('x-should-retry')
  if (said === 'true' || said === 'false') return said === 'true'
  return status === 408 || status === 409 || status === 429 || status >= 500
}

/** How long to wait for the SDK's next attempt, in milliseconds. After that it makes none. */
export function longestWaitMs({ retry, retryCount = 0 }: Attempted, headers?: Headers): number {
  if (retry) return retry.longestWaitMs + marginMs
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '')
  const seconds = Number.parseFloat(headers?.get('retry-after') ?? '')
  const told = Number.isNaN(milliseconds) ? seconds * 1000 : milliseconds
  const backOff = Math.min(500 * 2 ** retryCount, longestBackOffMs)
  return Math.max(backOff, Number.isNaN(told) ? 0 : Math.min(told, 600_000)) + marginMs
}
