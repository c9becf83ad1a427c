import { type CallValue, consoleLogger, type Payload, type SpanStatus } from '@runtape/core'
import {
  type AmbientFrame,
  currentFrame,
  monotonicNow,
  newSpanId,
  type ReplayDecision,
  type RunCall,
  summarizeError,
  warnOfUnknownUsage,
} from '@runtape/core/internal'
import type { CaptureLimits } from '@runtape/trace'
import { captureOutput, isPlainJson, type Span, startSpan } from '@runtape/trace/provider'
import type { Answer } from '../body/body-reader.ts'
import { eachEvent, type RecordedAnswer } from '../recorded/recorded-answer.ts'
import type { ModelRequest } from '../transport/model-request.ts'
import { usageFromOpenAI } from '../usage.ts'

/** How an attempt ended. */
export interface CallResult {
  readonly status: SpanStatus
  readonly recorded: RecordedAnswer
  readonly answer?: Answer
  readonly error?: unknown
}

type Facts = Pick<CallValue, 'usage' | 'model' | 'timeToFirstTokenMs'>

/**
 * One logical call of the application: a span, and in a run one call for each attempt, since a run must not wait for
 * an attempt that may never come.
 */
export class ModelCall {
  /** What surrounded the call when it was made. */
  readonly outer: AmbientFrame | undefined
  readonly span: Span | undefined
  readonly #spanId: string
  readonly #started = monotonicNow()
  #attemptStarted = this.#started
  #request: ModelRequest
  #attempts = 0
  #timeToFirstTokenMs: number | undefined
  #runCall: RunCall | undefined

  constructor(request: ModelRequest, outer: AmbientFrame | undefined, span: Span | undefined) {
    this.#request = request
    this.outer = outer
    this.span = span
    this.#spanId = span?.spanId ?? newSpanId()
  }

  /** The request of the latest attempt. */
  get request(): ModelRequest {
    return this.#request
  }

  get attempts(): number {
    return this.#attempts
  }

  get decision(): ReplayDecision {
    return this.span?.decision ?? { action: 'run' }
  }

  /** The frame in which the request is sent. */
  frame(): AmbientFrame | undefined {
    return this.span ? this.span.frame() : this.outer
  }

  /** Milliseconds since the first attempt. */
  elapsed(): number {
    return monotonicNow() - this.#started
  }

  /** Whether the running attempt has lasted as long as the SDK waits. */
  isTimedOut(): boolean {
    const { timeoutMs = Number.POSITIVE_INFINITY } = this.request
    return monotonicNow() - this.#attemptStarted >= timeoutMs - timerSlackMs
  }

  startAttempt(request: ModelRequest): void {
    this.#request = request
    this.#attempts++
    this.#attemptStarted = monotonicNow()
    const suffix = this.#attempts === 1 ? '' : `.${this.#attempts}`
    this.#runCall = this.outer?.run?.startCall(this.#spanId + suffix)
  }

  readonly firstContent = (): void => {
    this.#timeToFirstTokenMs ??= this.elapsed()
  }

  /** Ends the running attempt in the run alone: the span is still open. */
  endAttempt({ status, error, answer }: CallResult, facts?: Facts): void {
    this.#runCall?.end({
      status: runStatus[status],
      durationMs: this.elapsed(),
      ...(facts ?? this.#facts(answer)),
      ...(status === 'error' && { error: summarizeError(error) }),
    })
  }

  /** Ends the call. `durationMs` where it ended earlier than now. */
  end(ending: CallResult, durationMs: number = this.elapsed()): void {
    const { status, error, answer } = ending
    const facts = this.#facts(answer)
    this.endAttempt(ending, facts)
    if (status === 'ok' && facts.usage === undefined) this.#warnOfUnknownUsage(answer?.usage)
    this.span?.setModel({ ...facts, metadata: this.#metadata(ending) })
    this.span?.end({ status, resultKind: 'promise', output: this.#output(ending), error, durationMs })
  }

  #warnOfUnknownUsage(told: unknown): void {
    const { url, endpoint } = this.request
    if (this.outer?.replay || (endpoint.mayTellNoUsage && (told === undefined || told === null))) return
    const logger = this.span?.tracing.logger ?? consoleLogger
    warnOfUnknownUsage({ call: endpoint.definition.key, host: hostOf(url), told }, logger)
  }

  #output({ recorded, answer }: CallResult): Payload {
    if (answer?.tooLarge !== undefined) return { json: 'null', truncated: answer.tooLarge }
    const { limits } = this.span?.tracing ?? {}
    const all = { ...recorded, ...answer?.recorded }
    if (!answer || limits?.keepsOutput === false) return captureOutput(all, limits)
    const learned = captured(answer.recorded, limits)
    // The events of a stream hold what was redacted in their sum, cut where no rule finds it, or what is in no sum.
    if ((learned.redacted || answer.hasSecret) && answer.json)
      return captureOutput({ ...all, withheld: true }, limits)
    // Who has a say in what is kept sees the answer as values; else its text is taken as it is.
    if (limits?.redact) return captureOutput({ ...all, ...membersOf(answer) }, limits)
    return learned.json === 'null' ? learned : joined(JSON.stringify(recorded), learned, answer.json)
  }

  #facts(answer: Answer | undefined): Facts {
    const usage = usageFromOpenAI(answer?.usage)
    const model = typeof answer?.model === 'string' ? answer.model : this.request.model
    const timeToFirstTokenMs = this.#timeToFirstTokenMs
    return {
      ...(usage && { usage }),
      ...(model !== undefined && { model }),
      ...(timeToFirstTokenMs !== undefined && { timeToFirstTokenMs }),
    }
  }

  #metadata({ recorded, answer }: CallResult): Record<string, unknown> {
    const { finishReason } = answer ?? {}
    const notes = [this.request.body.note, ...(answer?.notes ?? [])].filter(note => note !== undefined)
    const requestId = recorded.headers?.['x-request-id'] ?? recorded.headers?.['apim-request-id']
    return {
      attempts: this.#attempts,
      ...(typeof finishReason === 'string' && { finishReason }),
      ...(requestId !== undefined && { requestId }),
      ...(notes.length > 0 && { notes }),
    }
  }
}

const hostOf = (url: string): string => URL.parse(url)?.host ?? 'a host of its own'

/** What of the answer is JSON already, as values. */
function membersOf({ json = '' }: Answer): RecordedAnswer {
  const members = JSON.parse(`{${json}}`) as RecordedAnswer
  return members.events ? { ...members, events: eachEvent(members.events) } : members
}

/** What was learned is made of JSON: it need not be looked at closely where nothing of it is to be kept out. */
function captured(learned: RecordedAnswer, limits: CaptureLimits | undefined): Payload {
  if (!limits || limits.redact || !isPlainJson(learned, limits)) return captureOutput(learned, limits)
  const json = JSON.stringify(learned)
  return json.length * 3 <= limits.maxPayloadBytes ? { json } : captureOutput(learned, limits)
}

/** One object of the members of all three, the last ones without their braces. */
function joined(head: string, { json, ...notes }: Payload, members: string | undefined): Payload {
  const parts = [head.slice(1, -1), json.slice(1, -1), members].filter(part => part)
  return { json: `{${parts.join()}}`, ...notes }
}

// The SDK starts to wait a moment before the request comes here, longer on a busy machine, and timers may be early.
const timerSlackMs = 10

const runStatus: Record<SpanStatus, CallValue['status']> = {
  ok: 'success',
  error: 'error',
  cancelled: 'cancelled',
  abandoned: 'cancelled',
  unfinished: 'cancelled',
}

/** The call that is about to be made, or `undefined` where nobody records it. */
export function openCall(request: ModelRequest): ModelCall | undefined {
  const outer = currentFrame()
  const span = startSpan(request.endpoint.definition, ({ limits }) => request.payload(limits))
  return span || outer?.run ? new ModelCall(request, outer, span) : undefined
}
