import { monotonicNow } from '@runtape/core/internal'
import { type CallDetails, ModelCall, openAs } from '../call/model-call.ts'
import type { ModelRequest } from './model-request.ts'

/** A model call over HTTP, with its attempts. */
export class HttpCall extends ModelCall {
  #request: ModelRequest | undefined
  #timeoutMs = Number.POSITIVE_INFINITY
  #attemptStarted = 0

  /** The request of the latest attempt. */
  get request(): ModelRequest {
    return this.#request as ModelRequest
  }

  /** Starts an attempt. `clientTimeoutMs` is the client's timeout, used if the request has none. */
  attempt(request: ModelRequest, clientTimeoutMs: number | undefined): void {
    this.#request = request
    this.#timeoutMs = request.timeoutMs ?? clientTimeoutMs ?? Number.POSITIVE_INFINITY
    this.#attemptStarted = monotonicNow()
    this.startAttempt()
  }

  /** Whether the current attempt has lasted as long as the SDK's timeout. */
  isTimedOut(): boolean {
    return monotonicNow() - this.#attemptStarted >= this.#timeoutMs - timerSlackMs
  }
}

// The SDK starts its timer slightly before the request arrives here, earlier on a busy machine, and timers may fire
// early.
const timerSlackMs = 10

/** Starts recording the call of a request; `undefined` if it is not recorded. */
export function openHttpCall(request: ModelRequest): HttpCall | undefined {
  const { endpoint, provider } = request
  const details: CallDetails = {
    definition: endpoint.definition,
    mayTellNoUsage: endpoint.mayTellNoUsage === true,
    follows: request.follows,
    // Read from the request only when needed.
    get model() {
      return request.model
    },
    get host() {
      return URL.parse(request.url)?.host ?? 'an unknown host'
    },
    usageOf: told => provider.usageOf(told),
    input: ({ limits }) => request.payload(limits),
  }
  return openAs(details, HttpCall)
}
