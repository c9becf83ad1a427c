import { runInFrame } from '@runtape/core'
import { decodeValue } from '@runtape/trace'
import { awaitNextAttempt, joinAttempts } from './attempts.ts'
import { endingOf, endingWithout } from './ending.ts'
import type { Fetch } from './fetch.ts'
import { type ModelCall, openCall } from './model-call.ts'
import type { AnswerReader } from './read-answer.ts'
import { StreamReader } from './read-stream.ts'
import { TextReader } from './read-text.ts'
import type { RecordedAnswer } from './recorded-answer.ts'
import { recordedAnswer, refusal, responseFromTape, type Served, tryAgain } from './replay-response.ts'
import { isModelCall, ModelRequest } from './request.ts'
import { isCounted, isRetryable, longestWaitMs } from './sdk-retry.ts'
import { type IncludeUsage, StreamOptions } from './stream-options.ts'
import { type BodyEnd, isTappable, tapResponse } from './tap-response.ts'

export interface TapOptions {
  readonly includeUsage: IncludeUsage
  /** How often the client tries again. */
  readonly maxRetries: number
  /** How long the client waits for an answer, in milliseconds. */
  readonly timeoutMs?: number
}

const mark = Symbol.for('runtape.openai.tap')

/** True for a `fetch` that is tapped already. */
export const isTapped = (fetch: unknown): boolean => typeof fetch === 'function' && mark in fetch

/** Stands in for `fetch`: records the model calls that go through it, and lets everything else pass. */
export function tapFetch(inner: Fetch, options: TapOptions): Fetch {
  const tap = new Tap(inner, options)
  const fetch: Fetch = (input, init) => tap.fetch(input, init)
  return Object.defineProperty(fetch, mark, { value: true })
}

interface Sent {
  readonly response: Response
  readonly hideUsage: boolean
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
    const inner = this.#inner
    if (!isModelCall(input, init)) return inner(input, init)
    const request = new ModelRequest(input, init, this.#options.timeoutMs)
    const call = joinAttempts(request) ?? openCall(request)
    if (!call) return inner(input, init)
    call.startAttempt(request)
    return this.#attempt(call)
  }

  async #attempt(call: ModelCall): Promise<Response> {
    const { decision } = call
    if (decision.action === 'fail') return refuse(call, decision.error)
    if (decision.action === 'serve') return this.#serve(call, decision)
    const sent = await this.#send(call).catch(error => {
      this.#unanswered(call, error)
      throw error
    })
    return observe(call, sent.response, { hideUsage: sent.hideUsage })
  }

  async #send(call: ModelCall): Promise<Sent> {
    const { request } = call
    const inner = this.#inner
    const send = async (init: RequestInit) => runInFrame(call.frame(), () => inner(request.input, init))
    const body = this.#streamOptions.edit(request)
    if (body === undefined) return { response: await send(request.init), hideUsage: false }
    const response = await send({ ...request.init, body })
    if (!(await this.#streamOptions.refused(request, response))) return { response, hideUsage: true }
    response.body?.cancel().catch(() => {})
    return { response: await send(request.init), hideUsage: false }
  }

  async #serve(call: ModelCall, served: Served): Promise<Response> {
    let recorded: RecordedAnswer
    try {
      recorded = recordedAnswer(served, call.request)
    } catch (error) {
      return refuse(call, error)
    }
    if (recorded.status === undefined) return this.#serveFailure(call, served, recorded)
    const response = responseFromTape(recorded, served, call.request)
    return observe(call, response, { hideUsage: false, usage: recorded.usage })
  }

  /** The SDK makes of a broken connection what it made of it when it was recorded: after as many attempts. */
  #serveFailure(call: ModelCall, { error }: Served, { attempts = 1 }: RecordedAnswer): Response {
    const failure = error && decodeValue(error)
    const ending = endingWithout(call, failure)
    if (isCounted(call.request) && call.attempts < attempts) {
      awaitNextAttempt(call, ending, longestWaitMs(call.request.retryCount))
      return tryAgain(failure)
    }
    call.end(ending)
    throw failure
  }

  #unanswered(call: ModelCall, error: unknown): void {
    const { request } = call
    const ending = endingWithout(call, error)
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

/** Reads the response on the side, and ends the call with it. */
function observe(call: ModelCall, response: Response, observation: Observation): Response {
  const reader = readerFor(call, response, observation)
  const onEnd = (end: BodyEnd) => bodyEnded(call, response, reader, end)
  if (isTappable(response)) return tapResponse(response, reader, call.request.init.signal, onEnd)
  onEnd({ how: 'done' })
  return response
}

function readerFor(call: ModelCall, { ok }: Response, { hideUsage, usage }: Observation): AnswerReader {
  const limit = call.span?.tracing.limits.maxPayloadBytes ?? 0
  if (!ok || !call.request.streams) return new TextReader(limit)
  return new StreamReader({ hideUsage, limit, usage, onContent: () => call.firstContent() })
}

function bodyEnded(call: ModelCall, response: Response, reader: AnswerReader, end: BodyEnd): void {
  const { request } = call
  const ending = endingOf(call, response, reader, end)
  if (!isCounted(request) || ending.status !== 'error' || !triesAgain(call, response, end)) call.end(ending)
  else awaitNextAttempt(call, ending, longestWaitMs(request.retryCount, response.headers))
}

// The SDK reads the body of a failure that it reports, and cancels that of one after which it tries again. An answer
// that is not streamed has a time to come in, after which it tries again too.
function triesAgain({ request }: ModelCall, response: Response, { how }: BodyEnd): boolean {
  if (how === 'cancelled') return isRetryable(response)
  return how === 'broken' && response.ok && !request.streams && request.init.signal?.aborted === true
}

/** Nothing is on the tape for this call, or nothing that answers it. */
function refuse(call: ModelCall, error: unknown): Response {
  call.end({ status: 'error', recorded: {}, error })
  return refusal(error)
}
