import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { type Fetch, isTapped, type RetryRule, type TapOptions, tapFetch } from '@runtape/provider/http'
import { interactionRetry, tapInteractions } from './interaction-retries.ts'
import { patientFetch } from './patient-fetch.ts'
import { google } from './provider.ts'

/** The required parts of a client: `GoogleGenAI` of `@google/genai`, from the version that accepts a `fetch`, has them. */
export interface GoogleClient {
  readonly models: object
}

interface RetryOptions {
  readonly attempts?: number
  readonly httpStatusCodes?: readonly number[]
  /** In seconds. */
  readonly initialDelay?: number
  /** In seconds. */
  readonly maxDelay?: number
  readonly expBase?: number
}

interface HttpOptions {
  fetch?: Fetch | undefined
  readonly retryOptions?: RetryOptions | undefined
}

interface Request {
  readonly httpOptions?: HttpOptions
}

interface ApiClient {
  readonly clientOptions?: { readonly httpOptions?: HttpOptions }
  getFetch?(): unknown
  request?(request: Request): unknown
  requestStream?(request: Request): unknown
}

interface ClientParts {
  readonly apiClient?: ApiClient
  readonly _interactions?: { readonly sdk?: unknown }
}

/**
 * Records the model calls of this client, and returns it: each as a span of key `google.generate-content` with request, answer,
 * usage, model and time to first token, if tracing is configured, and in the run of the surrounding `tracker.run`. In a replay
 * they are answered from the tape. Only the `fetch` in the client's `httpOptions` is replaced, and a request's own `fetch` is
 * also tapped. Request headers are never recorded. The Live API uses WebSocket and is not recorded.
 *
 * @throws {RuntapeError} `invalid-option` if this is not a client of `@google/genai`, or its `fetch` cannot be set: versions
 * without `httpOptions.fetch`, a frozen client, a client whose interactions were already used.
 *
 * @example
 * ```ts
 * import { GoogleGenAI } from '@google/genai'
 * import { instrumentGoogle } from '@runtape/google'
 *
 * const google = instrumentGoogle(new GoogleGenAI({ apiKey: 'your key' }))
 * ```
 */
export function instrumentGoogle<C extends GoogleClient>(client: C): C {
  const { apiClient, _interactions } = (client ?? {}) as ClientParts
  const options = apiClient?.clientOptions?.httpOptions
  if (!apiClient || !options) throw refuse('it has no apiClient with httpOptions')
  if (isTapped(google, options.fetch)) return client
  if (typeof apiClient.getFetch !== 'function') throw refuse('its version does not accept a fetch')
  if (_interactions?.sdk) throw refuse('its interactions were already used')
  try {
    const inner = options.fetch
    options.fetch = tapOf(inner, interactionRetry)
    for (const name of ['request', 'requestStream'] as const)
      tapRequests(apiClient, name, { ...options, fetch: inner })
  } catch (error) {
    throw refuse(`its fetch cannot be set: ${messageOf(error)}`, error)
  }
  if ('interactions' in client) tapInteractions(client)
  if (!isTapped(google, apiClient.getFetch())) throw refuse('it does not use the fetch that was set')
  return client
}

/** A request may have its own `fetch`, which replaces the client's; a retryable request has a separate tap. */
function tapRequests(apiClient: ApiClient, name: 'request' | 'requestStream', ofClient: HttpOptions): void {
  const inner = apiClient[name]
  if (typeof inner !== 'function') throw new RuntapeError('invalid-option', `it has no ${name}()`)
  apiClient[name] = request => {
    const { httpOptions } = request
    const { retryOptions } = ofClient
    const own = typeof httpOptions?.fetch === 'function' ? httpOptions.fetch : undefined
    const retry =
      retryOptions || httpOptions?.retryOptions
        ? { ...retryOptions, ...httpOptions?.retryOptions }
        : undefined
    if (!own && !retry) return inner.call(apiClient, request)
    const fetch = tapOf(own ?? ofClient.fetch, retry && ruleOf(retry))
    return inner.call(apiClient, { ...request, httpOptions: { ...httpOptions, fetch } })
  }
}

// All requests of the client go to the model host.
const tapOf = (fetch: Fetch | undefined, retry?: TapOptions['retry']): Fetch =>
  tapFetch(google, fetch ?? patientFetch, { isOwn: true, retry })

const retryStatuses: readonly number[] = [408, 429, 500, 502, 503, 504]

/** The SDK retries only if the application configures it, and does not number attempts. */
function ruleOf(options: RetryOptions): RetryRule {
  const { attempts = 5, httpStatusCodes = retryStatuses } = options
  const { initialDelay = 1, maxDelay = 60, expBase = 2 } = options
  // With maximum jitter.
  const longest = 2 * initialDelay * Math.max(1, expBase) ** Math.max(0, attempts - 2)
  return {
    attempts,
    longestWaitMs: Math.min(longest, Math.max(initialDelay, maxDelay)) * 1000,
    // A broken connection of Node's own fetch is final.
    isRetryable: failure =>
      'status' in failure ? httpStatusCodes.includes(failure.status) : !(failure.error instanceof TypeError),
  }
}

/**
 * A `fetch` that records model calls: for `new GoogleGenAI({ httpOptions: { fetch } })`, and for other SDKs that use Google's
 * wire format and accept a `fetch`. Other requests pass unchanged. An already tapped `fetch` is returned unchanged.
 *
 * @param inner sends the requests. Default: the global `fetch`, looked up at each call.
 *
 * @example
 * ```ts
 * import { GoogleGenAI } from '@google/genai'
 * import { googleFetch } from '@runtape/google'
 *
 * const google = new GoogleGenAI({ apiKey: 'your key', httpOptions: { fetch: googleFetch() } })
 * ```
 */
export const googleFetch = (inner: Fetch = patientFetch): Fetch => tapFetch(google, inner)

function refuse(reason: string, cause?: unknown): RuntapeError {
  return new RuntapeError(
    'invalid-option',
    `instrumentGoogle cannot instrument this client: ${reason}. Pass a new client of @google/genai that takes httpOptions.fetch: instrumentGoogle(new GoogleGenAI({ … })). For an older version, load @runtape/google/auto before the client is built.`,
    { cause },
  )
}
