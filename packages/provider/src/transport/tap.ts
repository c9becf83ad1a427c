import { messageOf } from '@runtape/core/internal'
import {
  loadedAnswer,
  missing,
  pendingUntilAborted,
  refusalOfUnrecorded,
  thrownAgain,
} from '@runtape/trace/provider'
import { BinaryBodyReader } from '../body/binary-body-reader.ts'
import type { BodyReader } from '../body/body-reader.ts'
import type { BodyEnd } from '../body/body-tap.ts'
import { hasNodeBody, tapNodeBody } from '../body/node-body.ts'
import { tappableBody, tapResponse } from '../body/response-tap.ts'
import { isOfRuntime, isRequest } from '../body/runtime-response.ts'
import { canBeTappedInPlace, tapInPlace } from '../body/tap-in-place.ts'
import { TextBodyReader } from '../body/text-body-reader.ts'
import { UnseenBody } from '../body/unseen-body.ts'
import { contained, containedLive } from '../call/contain-errors.ts'
import { isSending, sendIn } from '../call/suppress-nested-taps.ts'
import type { RecordedAnswer } from '../recorded/recorded-answer.ts'
import { recordedAnswer, refusal, responseFromTape, tryAgain } from '../recorded/replay-response.ts'
import type { Served } from '../recorded/served-answer.ts'
import { type EventFilter, noRules } from '../sse/event-rules.ts'
import { SseBodyReader } from '../sse/sse-body-reader.ts'
import { awaitNextAttempt, joinAttempts } from './attempts.ts'
import { type HttpCall, openHttpCall } from './http-call.ts'
import { type Endpoint, endpointOf, type Fetch, type HttpProvider } from './http-provider.ts'
import {
  headOf,
  type ResponseHead,
  resultOf,
  resultRefused,
  resultUnread,
  resultWithout,
} from './http-result.ts'
import { ModelRequest, urlOf } from './model-request.ts'
import type { RequestEdit } from './request-edit.ts'
import { textOfRequest } from './request-text.ts'
import { isCounted, isRetryable, longestWaitMs, mayFollow, type RetryRule } from './sdk-retry.ts'
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
    if (request.retry) unread.get(request.retry)?.()
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

interface Observation {
  readonly filter?: EventFilter
  /** The usage, if it is known in advance. */
  readonly usage?: unknown
}

/** Observes the response while the application reads it, and ends the call with it. */
function observe(call: HttpCall, response: Response, observation: Observation = {}): Response {
  const isNode = hasNodeBody(response)
  const isRead = isNode || canBeRead(response)
  const head = headOf(response)
  // Must not hold a reference to the response.
  const newObserver = () => {
    const reader = isRead ? readerFor(call, head, observation) : new UnseenBody()
    // No retry follows once a stream has started.
    if (reader instanceof SseBodyReader) contained(() => call.request.release())
    return { reader, onEnd: onceEnded(call, head, reader) }
  }
  if (isRead && isOther(response)) return tapInPlace(response, newObserver)
  const { reader, onEnd } = newObserver()
  const source = isRead ? tappableBody(response) : undefined
  const { signal } = call.request
  if (source) return tapResponse(response, source, reader, { signal, onEnd })
  if (isNode) return tapNodeBody(response, reader, onEnd)
  onEnd({ how: 'done', isUnread: true })
  return response
}

/** Failed answers that an SDK may leave unread, by retry rule. The SDK's next attempt ends them. */
const unread = new WeakMap<RetryRule, () => void>()

function onceEnded(call: HttpCall, head: ResponseHead, reader: BodyReader): (end: BodyEnd) => void {
  let hasEnded = false
  const onEnd = (end: BodyEnd) => {
    if (!hasEnded) bodyEnded(call, head, reader, end)
    hasEnded = true
  }
  const { retry } = call.request
  if (retry && !head.ok) unread.set(retry, () => onEnd({ how: 'cancelled' }))
  return onEnd
}

function discard({ body }: Response): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => {})
  else (body as { destroy?(): void } | null)?.destroy?.()
}

/** Whether the body can be observed while the application reads it. True without a body. */
function canBeRead(response: Response): boolean {
  if (isOther(response)) return canBeTappedInPlace(response)
  return !response.body || tappableBody(response) !== undefined || hasNodeBody(response)
}

/** Whether a response has its own class, with a web stream that is always the same object, or only methods. */
function isOther(response: Response): boolean {
  const { body } = response
  if (body === undefined) return typeof (response.text ?? response.json) === 'function'
  return !isOfRuntime(response) && body !== null && tappableBody(response) === body
}

function readerFor(
  { span, request, firstContent }: HttpCall,
  { ok, headers }: ResponseHead,
  { filter, usage }: Observation,
): BodyReader {
  const { endpoint, streams } = request
  const limits = span?.tracing.limits
  if (ok && (streams ?? headers.get('content-type')?.startsWith('text/event-stream'))) {
    const limit = limits?.maxPayloadBytes ?? 0
    return new SseBodyReader({
      rules: endpoint.events ?? noRules,
      filter,
      limit,
      limits,
      usage,
      link: request.link,
      onContent: firstContent,
      readWhole: text => {
        const whole = new TextBodyReader(endpoint, limits)
        whole.readText(text)
        return whole.answer()
      },
    })
  }
  return ok && endpoint.isBinary ? new BinaryBodyReader() : new TextBodyReader(endpoint, limits)
}

function bodyEnded(call: HttpCall, head: ResponseHead, reader: BodyReader, end: BodyEnd): void {
  const { request } = call
  const result = contained(() => resultOf(call, head, reader, end)) ?? resultUnread(call, end)
  if (result.status !== 'error' || !triesAgain(call, head, end)) return call.end(result)
  const waitMs = longestWaitMs(request, head.headers)
  awaitNextAttempt(call, result, { waitMs, isRefused: head.status === 401 })
}

// The SDK reads the body of a failure that it reports, and cancels that of a failure that it retries. The latter
// includes a 401 if it can get a new key. It also retries an answer that is not streamed after its timeout.
function triesAgain({ request, attempts }: HttpCall, head: ResponseHead, end: BodyEnd): boolean {
  const { how } = end
  if (!mayFollow(request, attempts)) return false
  if (request.retry) return !head.ok && request.retry.isRetryable(head)
  if (how === 'done' && end.isUnread) return isRetryable(head)
  if (how === 'cancelled') return head.status === 401 || isRetryable(head)
  return how === 'broken' && head.ok && !request.streams && request.signal?.aborted === true
}

/** The tape has nothing that answers this call. */
function refuse(call: HttpCall, error: unknown): Response {
  call.end(resultRefused(call, error))
  return refusal(error)
}
