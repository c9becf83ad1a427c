import { messageOf } from '@runtape/core/internal'
import {
  loadedAnswer,
  missing,
  pendingUntilAborted,
  refusalOfUnrecorded,
  thrownAgain,
} from '@runtape/trace/provider'
import { isRequest } from '../body/runtime-response.ts'
import { contained, containedLive } from '../call/contain-errors.ts'
import { isSending, sendIn } from '../call/suppress-nested-taps.ts'
import type { RecordedAnswer } from '../recorded/recorded-answer.ts'
import { recordedAnswer, refusal, responseFromTape, tryAgain } from '../recorded/replay-response.ts'
import type { Served } from '../recorded/served-answer.ts'
import { awaitNextAttempt, joinAttempts } from './attempts.ts'
import { type HttpCall, openHttpCall } from './http-call.ts'
import { type Endpoint, endpointOf, type Fetch, type HttpProvider } from './http-provider.ts'
import { resultRefused, resultWithout } from './http-result.ts'
import { ModelRequest, urlOf } from './model-request.ts'
import { canBeRead, endUnread, observe } from './observe-answer.ts'
import type { RequestEdit } from './request-edit.ts'
import { textOfRequest } from './request-text.ts'
import { isCounted, longestWaitMs, mayFollow, type RetryRule } from './sdk-retry.ts'
import { unrecordedRequest } from './unrecorded-request.ts'

export interface TapOptions {
  /** Default: requests are sent unchanged. */
  readonly edit?: RequestEdit
  /** All requests through this tap are attempts of one call. Default: the SDK counts its attempts, or makes one. */
  readonly retry?: RetryRule | (() => RetryRule | undefined) | undefined
  /** The client's timeout for an answer, in milliseconds. Default: unknown. */
  readonly timeoutMs?: number | undefined
  /**
   * All requests through this tap are for the models' host, so that a replay decides about the others too. Default:
   * false.
   */
  readonly isOwn?: boolean
  /** Which requests to a known path are recorded. Default: all. */
  accepts?(request: ModelRequest): boolean
}

/** Replaces `fetch`: records the model calls that go through it, and passes everything else. */
export class Tap {
  readonly #provider: HttpProvider
  readonly #inner: Fetch
  readonly #options: TapOptions
  /** The inner `fetch` returned a body that cannot be observed. */
  #isUnreadable = false

  constructor(provider: HttpProvider, inner: Fetch, options: TapOptions) {
    this.#provider = provider
    // Called without `this`: a `fetch` may refuse any `this` ("Illegal invocation").
    this.#inner = (input, init) => inner(input, init)
    this.#options = options
  }

  fetch(input: string | URL | Request, init: RequestInit | undefined): Promise<Response> {
    const reading = contained(() => (this.#endpointOf(input, init) ? textOfRequest(input, init) : undefined))
    return reading ? reading.then(text => this.#fetch(input, init, text)) : this.#fetch(input, init)
  }

  #fetch(
    input: string | URL | Request,
    init: RequestInit | undefined,
    text?: string | undefined,
  ): Promise<Response> {
    const call = containedLive(() => this.#callOf(input, init, text))
    if (call) return this.#attempt(call)
    const unrecorded = this.#options.isOwn && !isSending() && unrecordedRequest(this.#provider, input, init)
    const refused = unrecorded && refusalOfUnrecorded(unrecorded)
    return refused ? Promise.resolve(refusal(refused)) : this.#inner(input, init)
  }

  /** The endpoint of a model call that no other tap records. */
  #endpointOf(input: string | URL | Request, init: RequestInit | undefined): Endpoint | undefined {
    const method = init?.method ?? (isRequest(input) ? input.method : undefined)
    const endpoint = endpointOf(this.#provider, method, urlOf(input))
    return endpoint && !isSending() ? endpoint : undefined
  }

  /**
   * The model call that this request is an attempt of, if it is recorded.
   *
   * @param text the body of a `Request`, if it was read
   */
  #callOf(
    input: string | URL | Request,
    init: RequestInit | undefined,
    text: string | undefined,
  ): HttpCall | undefined {
    const endpoint = this.#endpointOf(input, init)
    if (!endpoint) return undefined
    const request = new ModelRequest(this.#provider, endpoint, input, init)
    if (text !== undefined) request.readAs(text)
    const { retry } = this.#options
    request.retry = typeof retry === 'function' ? retry() : retry
    if (this.#options.accepts?.(request) === false) return undefined
    if (request.retry) endUnread(request.retry)
    const call = joinAttempts(request) ?? openHttpCall(request)
    call?.attempt(request, this.#options.timeoutMs)
    return call
  }

  #attempt(call: HttpCall): Promise<Response> {
    const { decision } = call
    if (decision.action === 'fail') return Promise.resolve(refuse(call, decision.error))
    return decision.action === 'serve' ? this.#serve(call, decision) : this.#ask(call)
  }

  async #ask(call: HttpCall): Promise<Response> {
    const { request } = call
    // If the answer cannot be observed, nothing could hide what the edit adds to it.
    const edit = this.#isUnreadable ? undefined : this.#options.edit
    const body = edit && contained(() => edit.edit(request))
    try {
      if (edit && body !== undefined) return await this.#sendEdited(call, body, edit)
      return observe(call, await this.#send(call, request.init))
    } catch (error) {
      this.#unanswered(call, error)
      throw error
    }
  }

  #send(call: HttpCall, init: RequestInit | undefined): Promise<Response> {
    const { request } = call
    return sendIn(call.frame(), () => this.#inner(request.input, request.linked(init)))
  }

  /** Sends the edited request. If the host may have refused the edit, sends the original request. */
  async #sendEdited(call: HttpCall, body: string, edit: RequestEdit): Promise<Response> {
    const { request } = call
    const response = await this.#send(call, { ...request.init, body })
    if (!canBeRead(response)) this.#isUnreadable = true
    else if (!(await edit.mayRefuse(request, response)))
      return observe(call, response, { filter: edit.filterOf(request, response) })
    discard(response)
    const asItWas = await this.#send(call, request.init)
    if (!this.#isUnreadable) edit.sentAsItWas(request, asItWas)
    return observe(call, asItWas)
  }

  async #serve(call: HttpCall, decision: Served): Promise<Response> {
    const served = await loadedAnswer(decision)
    let recorded: RecordedAnswer
    try {
      recorded = recordedAnswer(served, call.request)
    } catch (error) {
      // A miss, even if the code catches the error.
      missing(served, messageOf(error))
      return refuse(call, error)
    }
    if (recorded.status !== undefined)
      return observe(call, responseFromTape(recorded, served, call.request), { usage: recorded.usage })
    return served.error || served.thrown
      ? this.#serveFailure(call, served, recorded)
      : this.#failWhenAborted(call, served)
  }

  /**
   * There was no answer, because the application aborted the call. If it does not abort now, the call stays pending.
   */
  async #failWhenAborted(call: HttpCall, served: Served): Promise<never> {
    const { signal } = call.request
    const reason = await pendingUntilAborted(served, signal ? [signal] : [], () => call.span?.endUnfinished())
    call.end(resultWithout(call, reason))
    throw reason
  }

  /** The SDK reports a broken connection after the same number of attempts as when it was recorded. */
  #serveFailure(call: HttpCall, served: Served, { attempts = 1 }: RecordedAnswer): Response {
    const failure = thrownAgain(served)
    const result = resultWithout(call, failure)
    const { request } = call
    if (call.attempts >= attempts || !mayFollow(request, call.attempts)) call.end(result)
    else {
      awaitNextAttempt(call, result, { waitMs: longestWaitMs(request) })
      if (isCounted(request)) return tryAgain(failure)
    }
    throw failure
  }

  #unanswered(call: HttpCall, error: unknown): void {
    const { request, attempts } = call
    request.link?.release()
    const result = resultWithout(call, error)
    const isLast = !mayFollow(request, attempts) || request.retry?.isRetryable({ error }) === false
    if (isLast || result.status !== 'error') call.end(result)
    else awaitNextAttempt(call, result, { waitMs: longestWaitMs(request) })
  }
}

function discard({ body }: Response): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => {})
  else (body as { destroy?(): void } | null)?.destroy?.()
}

/** The tape has nothing that answers this call. */
function refuse(call: HttpCall, error: unknown): Response {
  call.end(resultRefused(call, error))
  return refusal(error)
}
