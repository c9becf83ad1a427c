import type { Payload, ResultKind, SpanRecord, SpanStatus } from '@runtape/core'
import {
  type ActiveReplay,
  type ActiveSpan,
  type AmbientFrame,
  type CallEffects,
  ChunkOrder,
  type ClockAndRandom,
  type EndReady,
  type EventOrder,
  monotonicNow,
  newEventOrder,
  newSpanId,
  newTraceId,
  type ReplayDecision,
  realNow,
  spanFrame,
  warnSafely,
} from '@runtape/core/internal'
import { LazyPayload } from '../capture/late/lazy-payload.ts'
import { captureError, captureOutput } from '../capture/payload.ts'
import type { SpanDefinition } from '../definition.ts'
import { RecordingWorld, worldKey } from '../determinism/entropy-sources.ts'
import { releasePatches } from '../determinism/patch-globals.ts'
import { CallWatch } from '../effects/call-watch.ts'
import { stateOf, statesIn } from '../effects/object-states.ts'
import { activeOtelSpan, type SurroundingSpan } from '../propagation/otel-context.ts'
import { isElsewhere } from '../propagation/remote-parent.ts'
import { type Droppable, DroppableCall, isDropped } from '../sampling/dropping.ts'
import type { Tracing } from '../tracing.ts'
import { newDropSalt, stubOf } from './dropped-stub.ts'
import { handOver } from './hand-over.ts'
import type { SpanHandle } from './handles.ts'
import { type ModelFacts, SpanNotes } from './span-notes.ts'
import { forgetOpen, rememberOpen, type UnfinishedSpan } from './unfinished-spans.ts'

/** How a span ends. */
export interface SpanEnd {
  readonly status: SpanStatus
  readonly resultKind: ResultKind
  readonly output?: Payload
  readonly error?: unknown
  /** Milliseconds since the span was opened. Default: measured. */
  readonly durationMs?: number
  /** Its position among the events of its trace, if it ended earlier than now. Default: the next one. */
  readonly endOrder?: number | undefined
}

type Mutable<T> = { -readonly [Part in keyof T]: T[Part] }

const isOpen = 0
const hasEnded = 1
const isWithSink = 2

/** An open span: one running traced call. It ends once; further ends have no effect. */
export class Span extends DroppableCall implements ActiveSpan, SpanHandle, Droppable, UnfinishedSpan {
  readonly traceId: string
  readonly spanId = newSpanId()
  /** Whether the code runs or is answered from the tape; `startCall` decides it in a replay. */
  decision: ReplayDecision = runIt
  readonly tracing: Tracing
  readonly order: EventOrder | undefined
  /** What the code sees of clocks and chance, where that is kept or played again; `startCall` opens it. */
  world: ClockAndRandom | undefined
  readonly root: Droppable
  /** False if the OpenTelemetry span around its trace is not sampled. The tape has it all the same. */
  readonly isSampled: boolean
  /** Observed effects besides its input and result. */
  watch: CallWatch | undefined
  before: UnfinishedSpan | undefined
  after: UnfinishedSpan | undefined
  readonly #definition: SpanDefinition
  readonly #input: Payload | LazyPayload
  readonly #outer: AmbientFrame | undefined
  readonly #seq: number
  readonly #startOrder: number | undefined
  readonly #startedAt = realNow()
  readonly #started = monotonicNow()
  #frame: AmbientFrame | undefined
  #children = 0
  #end: typeof isOpen | typeof hasEnded | typeof isWithSink = isOpen
  #notes: SpanNotes | undefined
  #resultKind: ResultKind = 'promise'
  #soFar: (() => Payload) | undefined

  constructor(
    definition: SpanDefinition,
    input: Payload | LazyPayload,
    outer: AmbientFrame | undefined,
    tracing: Tracing,
  ) {
    super()
    const parent = outer?.span
    const replay = outer?.replay
    this.#definition = definition
    this.#input = input
    this.#outer = outer
    this.tracing = tracing
    const around = parent || replay ? undefined : activeOtelSpan()
    this.root = isSpan(parent) ? parent.root : this
    this.traceId = parent?.traceId ?? replay?.traceId ?? around?.traceId ?? newTraceId()
    this.isSampled = isSampledIn(parent, around)
    this.#seq = parent ? parent.nextSeq() : 0
    this.order = parent && !isElsewhere(parent) ? parent.order : newEventOrder()
    this.#startOrder = this.order?.next()
    if (around) this.setMetadata({ remoteParentSpanId: around.spanId })
    else if (isElsewhere(parent)) this.setMetadata({ remoteParentSpanId: parent.spanId })
  }

  /** In a replay: the recorded counterpart. */
  get sourceSpanId(): string | undefined {
    return this.decision.sourceSpanId
  }

  get definition(): SpanDefinition {
    return this.#definition
  }

  /** As it was captured. */
  get input(): Payload {
    return written(this.#input)
  }

  get parent(): ActiveSpan | undefined {
    return this.#outer?.span
  }

  /** The frame around the call. */
  get outer(): AmbientFrame | undefined {
    return this.#outer
  }

  /** Whether its input is captured exactly and needs only JSON types. */
  get isInputJson(): boolean {
    const { meta, lossy, redacted, truncated } = written(this.#input)
    return meta === undefined && lossy === undefined && redacted === undefined && truncated === undefined
  }

  /** The frame in which the traced code runs. */
  frame(): AmbientFrame {
    this.#frame ??= spanFrame(this.#outer, this)
    return this.#frame
  }

  /** In a replay: delays the call's end until its turn. */
  get ready(): EndReady | undefined {
    return this.decision.action === 'fail' ? undefined : this.decision.ready
  }

  /** Records the positions of a stream's chunks; `undefined` if they have none. */
  chunkOrder(): ChunkOrder | undefined {
    if (this.decision.action !== 'run' || this.#startOrder === undefined) return undefined
    return new ChunkOrder(this.#startOrder)
  }

  nextSeq(): number {
    return this.#children++
  }

  /** Milliseconds since the span was opened. */
  elapsed(): number {
    return monotonicNow() - this.#started
  }

  /** Adds a provider's data about its call. */
  setModel(facts: ModelFacts): void {
    this.#notes ??= new SpanNotes()
    this.#notes.model = { ...this.#notes.model, ...facts }
  }

  noteTracker(configKey: string, runId: string): void {
    this.watch ??= new CallWatch()
    this.watch.noteTracker(configKey, runId)
  }

  setMetadata(metadata: Readonly<Record<string, unknown>>): void {
    this.#toNote('metadata')?.setMetadata(metadata, this.tracing)
  }

  /** Its early end is not an answer from a tape, so the time of its end is kept. */
  get isTimed(): boolean {
    return this.decision.action === 'run'
  }

  /** Adds what a replay must know about the call besides input and output. */
  noteEffects(effects: CallEffects): void {
    this.watch ??= new CallWatch()
    this.watch.note(effects)
  }

  addTags(...tags: string[]): void {
    this.#toNote('tags')?.addTags(tags, this.tracing)
  }

  setSessionId(sessionId: string): void {
    this.#toNote('session id')?.setSessionId(sessionId, this.tracing)
  }

  get isKept(): boolean {
    return this.#end === isWithSink
  }

  drop(): void {
    // A replay's root is already recorded, and an item needs a trace.
    if (this.#outer?.replay && !this.parent) return
    this.isDropped = true
    this.root.drops++
    forgetOpen(this)
    // Its last record would contain what must stay off the tape: from now on it is the stub.
    if (this.#end === isOpen) return rememberOpen(this)
    this.#saysEnded('drop() came too late: the span is kept, and the calls under it are dropped')
  }

  /**
   * Sets the result of the call before it has ended: `soFar` returns what a stream has produced, whose end is reported
   * separately.
   */
  expect(resultKind: ResultKind, soFar?: () => Payload): void {
    this.#resultKind = resultKind
    this.#soFar = soFar
  }

  endUnfinished(): void {
    const output = this.#soFar?.()
    this.end({ status: 'unfinished', resultKind: this.#resultKind, ...(output && { output }) })
  }

  lastWords(): () => void {
    const { tracing, parent } = this
    if (isDropped(this)) {
      const stub = this.#stub()
      return () => stub && handOver(tracing, stub)
    }
    if (this.#soFar) return () => {}
    const started = this.#started
    this.#notes ??= new SpanNotes()
    const notes = this.#notes
    const record = this.#record({ status: 'unfinished', resultKind: this.#resultKind })
    return () => {
      if (parent && isDropped(parent)) return
      const durationMs = monotonicNow() - started
      handOver(tracing, { ...record, durationMs, ...notes.noted(record.metadata) })
    }
  }

  /** Captures the result of the call. */
  capture(value: unknown): Payload {
    const resultStates = this.isTimed ? statesIn(value, this.#definition.mockOnReplay) : undefined
    if (resultStates) this.noteEffects({ resultStates })
    return captureOutput(value, this.tracing.limits)
  }

  end(end: SpanEnd): void {
    if (this.#end !== isOpen) return
    this.#end = hasEnded
    forgetOpen(this)
    if (this.world) releasePatches()
    const isStub = isDropped(this)
    if (end.status === 'error') this.#noteErrorState(end.error)
    const record = isStub ? this.#stub() : this.#record(end)
    if (!isStub) this.#end = isWithSink
    if (record) handOver(this.tracing, record)
  }

  #noteErrorState(error: unknown): void {
    const errorState = stateOf(error)
    if (errorState) this.noteEffects({ errorState })
  }

  // Under a recorded parent, so that a replay knows of the call; calls under a dropped call do not matter to it.
  #stub(): SpanRecord | undefined {
    const { parent, root } = this
    const hasTrace = root.isKept || !root.isDropped
    const isUnderKept = hasTrace && isSpan(parent) && (parent.isKept || !isDropped(parent))
    // In a replay each call has an end that others may wait for.
    if (!isUnderKept && !this.#outer?.replay) return undefined
    root.dropSalt ??= newDropSalt()
    const startedAt = isSpan(parent) && #startedAt in parent ? parent.#startedAt : this.#startedAt
    const record = this.#record({ status: 'unfinished', resultKind: 'value' })
    return stubOf(record, root.dropSalt, startedAt)
  }

  #toNote(what: string): SpanNotes | undefined {
    if (this.#end !== isOpen) {
      this.#saysEnded(`its ${what} stays unchanged`)
      return undefined
    }
    this.#notes ??= new SpanNotes()
    return this.#notes
  }

  #saysEnded(effect: string): void {
    const { key } = this.#definition
    warnSafely(this.tracing.logger, `A span of ${key} has ended and its sink has it, so ${effect}.`)
  }

  #record({ status, resultKind, output, error, durationMs, endOrder }: SpanEnd): SpanRecord {
    const { key, name, type, mockOnReplay } = this.#definition
    const parentSpanId = isElsewhere(this.parent) ? undefined : this.parent?.spanId
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
      input: written(this.#input),
      resultKind,
      status,
      ...this.#notes?.model,
    }
    if (parentSpanId !== undefined) record.parentSpanId = parentSpanId
    if (this.order && this.#startOrder !== undefined) {
      record.startOrder = this.#startOrder
      record.endOrder = endOrder ?? this.order.next()
    }
    if (output) record.output = output
    if (status === 'error') record.error = captureError(error, this.tracing.limits)
    const metadata = this.watch?.finish(record, error, this.tracing.limits)
    if (metadata) record.metadata = metadata
    if (!this.isSampled) record.metadata = { ...metadata, remoteParentSampled: false }
    if (runId !== undefined) record.runId = runId
    if (mockOnReplay) record.mockOnReplay = true
    if (replay) record.replay = this.#replay(replay)
    const noted = this.#notes?.hasAny ? { ...record, ...this.#notes.noted(record.metadata) } : record
    if (!(this.world instanceof RecordingWorld)) return noted
    return { ...noted, metadata: { ...noted.metadata, [worldKey]: this.world.facts() } }
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

// A parent may be of an older copy of this package, which does not know it.
const isSampledIn = (parent: ActiveSpan | undefined, around: SurroundingSpan | undefined): boolean =>
  parent ? !('isSampled' in parent && parent.isSampled === false) : ((around?.traceFlags ?? 1) & 1) === 1

// Of any copy of this package.
const isSpan = (span: ActiveSpan | undefined): span is Span => span !== undefined && 'setMetadata' in span

const written = (input: Payload | LazyPayload) => (input instanceof LazyPayload ? input.get() : input)

const runIt: ReplayDecision = { action: 'run' }
