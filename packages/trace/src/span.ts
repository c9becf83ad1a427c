import {
  type ActiveReplay,
  type ActiveSpan,
  type AmbientFrame,
  currentFrame,
  type EndReady,
  type EventOrder,
  messageOf,
  newEventOrder,
  newSpanId,
  newTraceId,
  type Payload,
  type ReplayDecision,
  type ResultKind,
  type SpanRecord,
  type SpanStatus,
  spanFrame,
  summarizeError,
  type TokenUsage,
  warnSafely,
} from '@runtape/core'
import { encodeValue } from './capture/encode.ts'
import type { SpanDefinition } from './definition.ts'
import { defaultTracing, type Tracing, tracingOf } from './tracing.ts'

/** How a span ends. */
export interface SpanEnd {
  readonly status: SpanStatus
  readonly resultKind: ResultKind
  readonly output?: Payload
  readonly error?: unknown
  /** Milliseconds since the span was opened; measured when left out. */
  readonly durationMs?: number
}

/** What a provider knows about a model call. */
export interface ModelFacts {
  readonly model?: string
  readonly usage?: TokenUsage
  readonly timeToFirstTokenMs?: number
  readonly metadata?: Readonly<Record<string, unknown>>
}

type Mutable<T> = { -readonly [Part in keyof T]: T[Part] }

/** An open span: one traced call that is running. It ends once; further ends change nothing. */
export class Span implements ActiveSpan {
  readonly traceId: string
  readonly spanId = newSpanId()
  readonly sourceSpanId: string | undefined
  /** In a replay: whether the code runs or is answered from the tape. */
  readonly decision: ReplayDecision
  readonly tracing: Tracing
  readonly order: EventOrder | undefined
  readonly #definition: SpanDefinition
  readonly #input: Payload
  readonly #outer: AmbientFrame | undefined
  readonly #seq: number
  readonly #startOrder: number | undefined
  readonly #startedAt = Date.now()
  readonly #started = performance.now()
  #frame: AmbientFrame | undefined
  #children = 0
  #ended = false
  #model: ModelFacts = {}

  constructor(definition: SpanDefinition, input: Payload, outer: AmbientFrame | undefined, tracing: Tracing) {
    const parent = outer?.span
    const replay = outer?.replay
    this.#definition = definition
    this.#input = input
    this.#outer = outer
    this.tracing = tracing
    this.traceId = parent?.traceId ?? replay?.traceId ?? newTraceId()
    this.#seq = parent ? parent.nextSeq() : 0
    this.order = parent ? parent.order : newEventOrder()
    this.#startOrder = this.order?.next()
    this.decision = replay ? decide(replay, definition, input, parent) : runIt
    this.sourceSpanId = this.decision.action === 'fail' ? undefined : this.decision.sourceSpanId
  }

  /** The frame in which the traced code runs. */
  frame(): AmbientFrame {
    this.#frame ??= spanFrame(this.#outer, this)
    return this.#frame
  }

  /** In a replay: holds the call's end back until its turn has come. */
  get ready(): EndReady | undefined {
    return this.decision.action === 'fail' ? undefined : this.decision.ready
  }

  nextSeq(): number {
    return this.#children++
  }

  /** Milliseconds since the span was opened. */
  elapsed(): number {
    return performance.now() - this.#started
  }

  /** Adds what a provider learned about its call. */
  setModel(facts: ModelFacts): void {
    this.#model = { ...this.#model, ...facts }
  }

  capture(value: unknown): Payload {
    return encodeValue(value, this.tracing.limits)
  }

  end(end: SpanEnd): void {
    if (this.#ended) return
    this.#ended = true
    const unable = (error: unknown) =>
      warnSafely(
        this.tracing.logger,
        `The sink did not take a span of ${this.#definition.key}: ${messageOf(error)}`,
      )
    try {
      const taken: unknown = this.tracing.sink.append(this.#record(end))
      // A sink should not be asynchronous; one that is must not end the process by a rejection that nobody sees.
      if (taken instanceof Promise) taken.catch(unable)
    } catch (error) {
      unable(error)
    }
  }

  #record({ status, resultKind, output, error, durationMs }: SpanEnd): SpanRecord {
    const { key, name, type, mockOnReplay } = this.#definition
    const parentSpanId = this.#outer?.span?.spanId
    const runId = this.#outer?.run?.runId
    const replay = this.#outer?.replay
    const record: Mutable<SpanRecord> = {
      kind: 'span',
      traceId: this.traceId,
      spanId: this.spanId,
      seq: this.#seq,
      key,
      name,
      type,
      startedAt: this.#startedAt,
      durationMs: durationMs ?? this.elapsed(),
      input: this.#input,
      resultKind,
      status,
      ...this.#model,
    }
    if (parentSpanId !== undefined) record.parentSpanId = parentSpanId
    if (this.order && this.#startOrder !== undefined) {
      record.startOrder = this.#startOrder
      record.endOrder = this.order.next()
    }
    if (output) record.output = output
    if (status === 'error') record.error = this.#error(error)
    if (runId !== undefined) record.runId = runId
    if (mockOnReplay) record.mockOnReplay = true
    if (replay) record.replay = this.#replay(replay)
    return record
  }

  #error(error: unknown): NonNullable<SpanRecord['error']> {
    const { name, message } = summarizeError(error)
    return { name, message, value: this.capture(error) }
  }

  #replay({ testRunId, sourceTraceId }: ActiveReplay): NonNullable<SpanRecord['replay']> {
    return {
      testRunId,
      sourceTraceId,
      ...(this.sourceSpanId !== undefined && { sourceSpanId: this.sourceSpanId }),
      mocked: this.decision.action === 'serve',
    }
  }
}

const runIt: ReplayDecision = { action: 'run' }

function decide(
  replay: ActiveReplay,
  definition: SpanDefinition,
  input: Payload,
  parent: ActiveSpan | undefined,
): ReplayDecision {
  if (!parent) return { action: 'run', sourceSpanId: replay.rootSourceSpanId }
  return replay.decide({ ...definition, input }, parent)
}

/**
 * Opens a span under whatever surrounds the running code, or gives `undefined` where nothing is recorded. Providers
 * use it; applications use `traced`. `input` makes the captured arguments.
 */
export function openSpan(
  definition: SpanDefinition,
  input: (tracing: Tracing) => Payload,
  own?: Tracing,
): Span | undefined {
  const outer = currentFrame()
  const tracing = tracingFor(outer?.replay, own ?? defaultTracing())
  return tracing && new Span(definition, input(tracing), outer, tracing)
}

// In a replay spans go to the replay's sink, captured as they would be live.
function tracingFor(replay: ActiveReplay | undefined, tracing: Tracing | undefined): Tracing | undefined {
  if (!replay) return tracing
  return tracing ? { ...tracing, sink: replay.sink } : tracingOf({ sink: replay.sink })
}
