import { monotonicNow } from '@runtape/core/internal'
import { type CallDetails, ModelCall, openAs } from '../call/model-call.ts'
import type { ModelRequest } from './model-request.ts'

/** A model call that goes over HTTP, attempt by attempt. */
export class HttpCall extends ModelCall {
  #request: ModelRequest | undefined
  #timeoutMs = Number.POSITIVE_INFINITY
  #attemptStarted = 0

  /** The request of the latest attempt. */
  get request(): ModelRequest {
    return this.#request as ModelRequest
  }

  /** Begins an attempt. `clientTimeoutMs`: how long the client waits, where the request does not say. */
  attempt(request: ModelRequest, clientTimeoutMs: number | undefined): void {
    this.#request = request
    this.#timeoutMs = request.timeoutMs ?? clientTimeoutMs ?? Number.POSITIVE_INFINITY
    this.#attemptStarted = monotonicNow()
    this.startAttempt()
  }

  /** Whether the running attempt has lasted as long as the SDK waits. */
  isTimedOut(): boolean {
    return monotonicNow() - this.#attemptStarted >= this.#timeoutMs - timerSlackMs
  }
}

// The SDK starts to wait a moment before the request comes here, longer on a busy machine, and timers may be early.
const timerSlackMs = 10

/** The call that a request begins, or `undefined` where none is recorded. */
export function openHttpCall(request: ModelRequest): HttpCall | undefined {
  const { endpoint, provider } = request
  const details: CallDetails = {
    definition: endpoint.definition,
    mayTellNoUsage: endpoint.mayTellNoUsage === true,
    follows: request.follows,
    // Read from the request only where they are needed.
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
