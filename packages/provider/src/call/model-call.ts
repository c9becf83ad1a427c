import { type CallValue, consoleLogger, type Payload, type TokenUsage } from '@runtape/core'
import {
  type AmbientFrame,
  currentFrame,
  monotonicNow,
  newSpanId,
  type ReplayDecision,
  type RunCall,
  summarizeError,
  warnOfDoubtfulUsage,
  warnOfUnknownUsage,
} from '@runtape/core/internal'
import type { SpanDefinition, Tracing } from '@runtape/trace'
import { defineSpan, type Span, startSpan } from '@runtape/trace/provider'
import { backgroundAnswers } from './background-answers.ts'
import { type CallResult, type Facts, outcomeOf } from './call-result.ts'
import { readWithDoubts } from './checked-usage.ts'
import { contained } from './contain-errors.ts'
import { textOf } from './json-fields.ts'
import { isSending } from './suppress-nested-taps.ts'

/** The definition of a model call's span. An example of `key` is `openai.chat.completions`. */
export const modelSpan = (key: string): SpanDefinition => defineSpan(key, { type: 'model' })

/** What a provider says about a call that is about to be made. */
export interface CallDetails {
  readonly definition: SpanDefinition
  /** The requested model. */
  readonly model?: string | undefined
  /** Who answers, for warnings: a host or a model. */
  readonly host: string
  /** No warning if an answer has no usage: it uses no tokens, or something else is billed. */
  readonly mayTellNoUsage?: boolean
  /** Id of the requested background answer. Its usage belongs to the call that started it. */
  readonly follows?: string | undefined
  /** Tokens from the usage as the host sent it; `undefined` if it cannot be interpreted. */
  usageOf(told: unknown): TokenUsage | undefined
  /** The recorded input. Called immediately, and only if a span keeps it. */
  input(tracing: Tracing): Payload
}

type CallFacts = Pick<CallValue, 'usage' | 'isDoubtful' | 'model' | 'provider' | 'timeToFirstTokenMs'>

/**
 * One logical call of the application: one span and, in a run, one call per attempt, because a run must not wait for an
 * attempt that may never come.
 */
export class ModelCall {
  /** The frame in which the call was made. */
  readonly outer: AmbientFrame | undefined
  readonly span: Span | undefined
  readonly details: CallDetails
  readonly #spanId: string
  readonly #started = monotonicNow()
  #attempts = 0
  #timeToFirstTokenMs: number | undefined
  #runCall: RunCall | undefined
  #doubts: readonly string[] = []
  #answered: (() => void) | undefined

  constructor(details: CallDetails, outer: AmbientFrame | undefined, span: Span | undefined) {
    this.details = details
    this.outer = outer
    this.span = span
    this.#spanId = span?.spanId ?? newSpanId()
  }

  get attempts(): number {
    return this.#attempts
  }

  /** In a replay: whether the call is answered from the tape. */
  get decision(): ReplayDecision {
    return this.span?.decision ?? runIt
  }

  /** The frame in which the request is sent. */
  frame(): AmbientFrame | undefined {
    return this.span ? this.span.frame() : this.outer
  }

  /** Milliseconds since the call was made. */
  elapsed(): number {
    return monotonicNow() - this.#started
  }

  /** Starts the first or the next attempt. */
  startAttempt(): void {
    this.#attempts++
    const { follows } = this.details
    if (follows !== undefined) {
      this.#answered ??= this.#background.asked(follows)
      return
    }
    const suffix = this.#attempts === 1 ? '' : `.${this.#attempts}`
    this.#runCall = this.outer?.run?.startCall(this.#spanId + suffix)
  }

  /** Call when the first piece of the answer has arrived. Later calls have no effect. */
  readonly firstContent = (): void => {
    this.#timeToFirstTokenMs ??= this.elapsed()
  }

  /** Ends the current attempt in the run only. The span stays open. */
  endAttempt(result: CallResult, known: CallFacts = this.#factsOf(result.facts)): void {
    this.#runCall?.end(this.#valueOf(result, known))
  }

  #valueOf({ status, error, facts }: CallResult, known: CallFacts): CallValue {
    return {
      status: facts?.background?.isCancelled ? 'cancelled' : outcomeOf[status],
      durationMs: this.elapsed(),
      ...known,
      ...(status === 'error' && { error: summarizeError(error) }),
    }
  }

  /** Ends the call. */
  end(result: CallResult): void {
    const { status, error, endOrder, durationMs = this.elapsed() } = result
    const known = this.#endInRun(result)
    const { span } = this
    if (!span) return
    const { isDoubtful: _, ...model } = known
    span.setModel({ ...model, metadata: this.#metadata(result) })
    const output = contained(() => result.output?.(span.tracing.limits) ?? nothing) ?? notRead
    span.end({ status, resultKind: 'promise', output, error, durationMs, endOrder })
  }

  /** Returns what is known of the call. Its usage is returned only once if several requests receive the same answer. */
  #endInRun(result: CallResult): CallFacts {
    const { facts, status } = result
    const known = this.#factsOf(facts)
    const { follows } = this.details
    if (facts?.background?.isTold || follows !== undefined) {
      const { usage: _, ...others } = known
      if (!this.#endInBackground(result, known)) return others
    } else this.endAttempt(result, known)
    if (status === 'ok' && !known.usage && !facts?.background?.isCancelled)
      this.#warnOfUnknownUsage(facts?.usage)
    if (known.isDoubtful) this.#warnOfDoubtfulUsage(facts?.usage)
    return known
  }

  /** Returns false if the answer is not final, or is not new. */
  #endInBackground(result: CallResult, known: CallFacts): boolean {
    this.#answered?.()
    const { follows } = this.details
    const { id = '', isFinal = false, isTold = false } = result.facts?.background ?? {}
    if (follows !== undefined) {
      const isOurs = isFinal && (isTold || this.#background.isOpen(follows))
      return isOurs && this.#background.end(follows, this.#valueOf(result, known), this.outer?.run)
    }
    if (isFinal) this.#background.ended(id)
    else this.#leaveOpen(id, this.#valueOf(result, known))
    if (isFinal) this.endAttempt(result, known)
    return isFinal
  }

  #leaveOpen(id: string, known: CallValue): void {
    const { definition, host } = this.details
    const logger = this.span?.tracing.logger ?? consoleLogger
    const warn = () => warnOfUnknownUsage({ call: definition.key, host, told: undefined }, logger)
    this.#background.open(id, { runCall: this.#runCall, run: this.outer?.run, known, warn })
  }

  get #background() {
    return backgroundAnswers(this.outer?.replay)
  }

  #warnOfUnknownUsage(told: unknown): void {
    const { definition, host, mayTellNoUsage } = this.details
    if (this.outer?.replay || (mayTellNoUsage && (told === undefined || told === null))) return
    warnOfUnknownUsage({ call: definition.key, host, told }, this.span?.tracing.logger ?? consoleLogger)
  }

  #warnOfDoubtfulUsage(told: unknown): void {
    if (this.outer?.replay) return
    const { definition, host } = this.details
    const logger = this.span?.tracing.logger ?? consoleLogger
    warnOfDoubtfulUsage({ call: definition.key, host, told, doubts: this.#doubts }, logger)
  }

  #factsOf(facts: Facts | undefined): CallFacts {
    const { value: usage, doubts } = readWithDoubts(() => contained(() => this.details.usageOf(facts?.usage)))
    this.#doubts = doubts
    const model = textOf(facts?.model) ?? contained(() => this.details.model)
    const timeToFirstTokenMs = this.#timeToFirstTokenMs
    return {
      ...(usage && { usage }),
      ...(usage && doubts.length > 0 && { isDoubtful: true }),
      ...(model !== undefined && { model }),
      ...(facts?.provider !== undefined && { provider: facts.provider }),
      ...(timeToFirstTokenMs !== undefined && { timeToFirstTokenMs }),
    }
  }

  #metadata({ facts, metadata }: CallResult): Record<string, unknown> {
    const { finishReason } = facts ?? {}
    const notes = [...(facts?.notes ?? []), ...this.#doubts.map(doubt => `Omitted from the usage: ${doubt}.`)]
    return {
      attempts: this.#attempts,
      ...(typeof finishReason === 'string' && { finishReason }),
      ...metadata,
      ...(notes.length > 0 && { notes }),
    }
  }
}

const runIt: ReplayDecision = { action: 'run' }
const nothing: Payload = { json: '{}' }
const notRead: Payload = { json: '{}', lossy: ['$: could not be read'] }

/**
 * Starts recording a call that is about to be made. Returns `undefined` if there is no span and no run to record it, or
 * if an outer tap already records it.
 */
export function openCall(details: CallDetails): ModelCall | undefined {
  return openAs(details, ModelCall)
}

/** As `openCall`, for a subclass of `ModelCall`. */
export function openAs<D extends CallDetails, C extends ModelCall>(
  details: D,
  kind: new (details: D, outer: AmbientFrame | undefined, span: Span | undefined) => C,
): C | undefined {
  if (isSending()) return undefined
  const outer = currentFrame()
  const span = startSpan(details.definition, tracing => details.input(tracing))
  const { follows } = details
  const isAwaited = follows !== undefined && backgroundAnswers(outer?.replay).isOpen(follows)
  return span || outer?.run || isAwaited ? new kind(details, outer, span) : undefined
}
