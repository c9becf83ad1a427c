import type { Payload, TokenUsage } from '@runtape/core'
import { monotonicNow } from '@runtape/core/internal'
import type { SpanDefinition, Tracing } from '@runtape/trace'
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
  return openAs(new HttpCallDetails(request), HttpCall)
}

/** What is known of a call; read from its request only if the call is recorded. */
class HttpCallDetails implements CallDetails {
  readonly #request: ModelRequest

  constructor(request: ModelRequest) {
    this.#request = request
  }

  get definition(): SpanDefinition {
    return this.#request.endpoint.definition
  }

  get host(): string {
    return URL.parse(this.#request.url)?.host ?? 'an unknown host'
  }

  get model(): string | undefined {
    return this.#request.model
  }

  get mayTellNoUsage(): boolean {
    return this.#request.endpoint.mayTellNoUsage === true
  }

  usageOf(told: unknown): TokenUsage | undefined {
    return this.#request.provider.usageOf(told)
  }

  input({ limits }: Tracing): Payload {
    return this.#request.payload(limits)
  }
}
