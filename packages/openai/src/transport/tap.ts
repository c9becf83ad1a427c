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
import { canBeOverheard } from '../body/response-proxy.ts'
import { isRequest } from '../body/runtime-response.ts'
import { tapAnswer } from '../body/tap-answer.ts'
import { tappableBody, tapResponse } from '../body/tap-response.ts'
import { tapStream } from '../body/tap-stream.ts'
import { TextBodyReader } from '../body/text-body-reader.ts'
import { headOf, type ResponseHead, resultOf, resultWithout } from '../call/call-result.ts'
import { type ModelCall, openCall } from '../call/model-call.ts'
import { isSending, sendIn } from '../call/suppress-nested-taps.ts'
import { endpointOf } from '../endpoints/table.ts'
import type { RecordedAnswer } from '../recorded/recorded-answer.ts'
import {
  recordedAnswer,
  refusal,
  responseFromTape,
  type Served,
  tryAgain,
} from '../recorded/replay-response.ts'
import { SseBodyReader } from '../sse/sse-body-reader.ts'
import { type IncludeUsage, StreamOptions } from '../stream-options.ts'
import { awaitNextAttempt, joinAttempts } from './attempts.ts'
import type { Fetch } from './fetch.ts'
import { ModelRequest, urlOf } from './model-request.ts'
import { isCounted, isRetryable, longestWaitMs } from './sdk-retry.ts'
import { unrecordedRequest } from './unrecorded-request.ts'

export interface TapOptions {
  readonly includeUsage: IncludeUsage
  /** How often the client tries again. */
  readonly maxRetries: number
  /** How long the client waits for an answer, in milliseconds. */
  readonly timeoutMs?: number
  /** All that goes through it is for the models' host, so that a replay decides about the rest too. */
  readonly isOwn?: boolean
  /** Which requests are recorded, of those that go to a known path; all when left out. */
  readonly accepts?: (request: ModelRequest) => boolean
}

const mark = Symbol.for('runtape.openai.tap')

/** True for a `fetch` that is tapped already. */
export const isTapped = (fetch: unknown): boolean => typeof fetch === 'function' && mark in fetch

/** Stands in for `fetch`: records the model calls that go through it, and lets everything else pass. */
export function newTap(inner: Fetch, options: TapOptions): Fetch {
  const tap = new Tap(inner, options)
  const fetch: Fetch = (input, init) => tap.fetch(input, init)
  return Object.defineProperty(fetch, mark, { value: true })
}

class Tap {
  readonly #inner: Fetch
  readonly #options: TapOptions
  readonly #streamOptions: StreamOptions

  constructor(inner: Fetch, options: TapOptions) {
    this.#inner = inner
    this.#options = options
    this.#streamOptions = new StreamOptions(options.includeUsage)
  }

  fetch(input: string | URL | Request, init: RequestInit | undefined): Promise<Response> {
    const call = this.#callOf(input, init)
    if (call) return this.#attempt(call)
    const unrecorded = this.#options.isOwn && !isSending() ? unrecordedRequest(input, init) : undefined
    const refused = unrecorded && refusalOfUnrecorded(unrecorded)
    return refused ? Promise.resolve(refusal(refused)) : this.#inner(input, init)
  }

  /** The model call that this is an attempt of, if it is one and anybody records it. */
  #callOf(input: string | URL | Request, init: RequestInit | undefined): ModelCall | undefined {
    const method = init?.method ?? (isRequest(input) ? input.method : undefined)
    const endpoint = endpointOf(method, urlOf(input))
    if (!endpoint || isSending()) return undefined
    const request = new ModelRequest(endpoint, input, init, this.#options.timeoutMs)
    if (this.#options.accepts?.(request) === false) return undefined
    const call = joinAttempts(request) ?? openCall(request)
    call?.startAttempt(request)
    return call
  }

  #attempt(call: ModelCall): Promise<Response> {
    const { decision } = call
    if (decision.action === 'fail') return Promise.resolve(refuse(call, decision.error))
    return decision.action === 'serve' ? this.#serve(call, decision) : this.#ask(call)
  }

  async #ask(call: ModelCall): Promise<Response> {
    const { request } = call
    const body = this.#streamOptions.edit(request)
    try {
      if (body !== undefined) return await this.#sendEdited(call, body)
      return observe(call, await this.#send(call, request.init), asSent)
    } catch (error) {
      this.#unanswered(call, error)
      throw error
    }
  }

  #send(call: ModelCall, init: RequestInit | undefined): Promise<Response> {
    return sendIn(call.frame(), () => this.#inner(call.request.input, init))
  }

  /** Sends with the request for usage in it, and once more without when the host refuses it. */
  async #sendEdited(call: ModelCall, body: string): Promise<Response> {
    const { request } = call
    const response = await this.#send(call, { ...request.init, body })
    if (!(await this.#streamOptions.refused(request, response)))
      return observe(call, response, { hideUsage: true })
    response.body?.cancel().catch(() => {})
    return observe(call, await this.#send(call, request.init), asSent)
  }

  async #serve(call: ModelCall, decision: Served): Promise<Response> {
    const served = await loadedAnswer(decision)
    let recorded: RecordedAnswer
    try {
      recorded = recordedAnswer(served, call.request)
    } catch (error) {
      // A miss also where the code catches it.
      missing(served, messageOf(error))
      return refuse(call, error)
    }
    if (recorded.status !== undefined) return this.#serveAnswer(call, served, recorded)
    return served.error || served.thrown
      ? this.#serveFailure(call, served, recorded)
      : this.#failWhenAborted(call, served)
  }

  #serveAnswer(call: ModelCall, served: Served, recorded: RecordedAnswer): Response {
    const response = responseFromTape(recorded, served, call.request)
    return observe(call, response, { hideUsage: false, usage: recorded.usage })
  }

  /** No answer came, because the application aborted the call: it does so again, or the call stays pending. */
  async #failWhenAborted(call: ModelCall, served: Served): Promise<never> {
    const { signal } = call.request
    const reason = await pendingUntilAborted(served, signal ? [signal] : [], () => call.span?.endUnfinished())
    call.end(resultWithout(call, reason))
    throw reason
  }

  /** The SDK makes of a broken connection what it made of it when it was recorded: after as many attempts. */
  #serveFailure(call: ModelCall, served: Served, { attempts = 1 }: RecordedAnswer): Response {
    const failure = thrownAgain(served)
    const ending = resultWithout(call, failure)
    if (isCounted(call.request) && call.attempts < attempts) {
      awaitNextAttempt(call, ending, longestWaitMs(call.request.retryCount))
      return tryAgain(failure)
    }
    call.end(ending)
    throw failure
  }

  #unanswered(call: ModelCall, error: unknown): void {
    const { request } = call
    const ending = resultWithout(call, error)
    const isLast = !isCounted(request) || request.retryCount >= this.#options.maxRetries
    if (isLast || ending.status !== 'error') call.end(ending)
    else awaitNextAttempt(call, ending, longestWaitMs(request.retryCount))
  }
}

interface Observation {
  readonly hideUsage: boolean
  /** The usage, where it is known beforehand. */
  readonly usage?: unknown
}

const asSent: Observation = { hideUsage: false }

/** Reads the response on the side, and ends the call with it. */
function observe(call: ModelCall, response: Response, observation: Observation): Response {
  const reader = readerFor(call, response, observation)
  const head = headOf(response)
  const onEnd = (end: BodyEnd) => bodyEnded(call, head, reader, end)
  const { signal } = call.request
  const isOrdinary = canBeOverheard(response)
  if (isOrdinary && reader instanceof TextBodyReader) return tapAnswer(response, reader, signal, onEnd)
  const source = tappableBody(response)
  if (source) return (isOrdinary ? tapStream : tapResponse)(response, source, reader, signal, onEnd)
  onEnd({ how: 'done' })
  return response
}

function readerFor(
  { span, request, firstContent }: ModelCall,
  { ok, headers }: Response,
  { hideUsage, usage }: Observation,
): BodyReader {
  const { endpoint, streams } = request
  const limits = span?.tracing.limits
  const type = headers.get('content-type') ?? ''
  if (ok && (streams ?? type.startsWith('text/event-stream'))) {
    const limit = limits?.maxPayloadBytes ?? 0
    return new SseBodyReader({ endpoint, hideUsage, limit, limits, usage, onContent: firstContent })
  }
  return ok && endpoint.isBinary ? new BinaryBodyReader() : new TextBodyReader(endpoint, limits)
}

function bodyEnded(call: ModelCall, head: ResponseHead, reader: BodyReader, end: BodyEnd): void {
  const { request } = call
  const ending = resultOf(call, head, reader, end)
  if (!isCounted(request) || ending.status !== 'error' || !triesAgain(call, head, end)) call.end(ending)
  else awaitNextAttempt(call, ending, longestWaitMs(request.retryCount, head.headers))
}

// The SDK reads the body of a failure that it reports, and cancels that of one after which it tries again: so also of a
// 401, where it can get a fresh key. An answer that is not streamed has a time to come in, after which it tries again too.
function triesAgain({ request }: ModelCall, head: ResponseHead, { how }: BodyEnd): boolean {
  if (how === 'cancelled') return head.status === 401 || isRetryable(head)
  return how === 'broken' && head.ok && !request.streams && request.signal?.aborted === true
}

/** Nothing is on the tape for this call, or nothing that answers it. */
function refuse(call: ModelCall, error: unknown): Response {
  call.end({ status: 'error', recorded: {}, error })
  return refusal(error)
}
