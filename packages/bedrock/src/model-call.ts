import { type CallValue, consoleLogger, type Payload, type SpanStatus } from '@runtape/core'
import {
  type AmbientFrame,
  currentFrame,
  monotonicNow,
  newSpanId,
  type RunCall,
  summarizeError,
  warnOfUnknownUsage,
} from '@runtape/core/internal'
import type { Tracing } from '@runtape/trace'
import { captureInput, type Span, startSpan } from '@runtape/trace/provider'
import { fieldsOf, jsonIn, textOf } from './fields.ts'
import { onTheSide } from './on-the-side.ts'
import type { Operation } from './operations.ts'
import type { Answer } from './read-answer.ts'
import type { RecordedAnswer } from './recorded-answer.ts'
import type { Served } from './replay-response.ts'
import type { HttpResponse } from './smithy.ts'
import { usageFromBedrock } from './usage.ts'
import type { WireRecord } from './wire-record.ts'
import { payloadOf, type Written } from './written.ts'

/** How a call ended. */
export interface Ending {
  readonly status: SpanStatus
  readonly recorded: RecordedAnswer
  readonly written?: Written
  readonly answer?: Answer
  readonly error?: unknown
  /** Where it ended earlier than now. */
  readonly durationMs?: number | undefined
}

/** One logical call of the application, however often the SDK tries: one span, and in a run one call. */
export class ModelCall {
  readonly operation: Operation
  readonly span: Span | undefined
  /** The frame in which the SDK does its work. */
  readonly frame: AmbientFrame
  /** What the latest attempt got; `undefined` while it has no answer. */
  wire: WireRecord | undefined
  attempts = 0
  /** In a replay: what the SDK is to find in place of an answer of the host. */
  response: HttpResponse | undefined
  /** In a replay: the answer from the tape, when it has been got. */
  served: Served | undefined
  readonly #input: unknown
  readonly #started = monotonicNow()
  readonly #runCall: RunCall | undefined
  #timeToFirstTokenMs: number | undefined

  constructor(operation: Operation, input: unknown, outer: AmbientFrame | undefined, span: Span | undefined) {
    this.operation = operation
    this.span = span
    this.#input = input
    // A frame of its own also where there is no span, so that this call is told from others of the same run.
    const frame: CallFrame = {
      parent: outer,
      span: span ?? outer?.span,
      run: outer?.run,
      replay: outer?.replay,
      [slot]: this,
    }
    this.frame = frame
    this.#runCall = outer?.run?.startCall(span?.spanId ?? newSpanId())
  }

  /** Milliseconds since the call was made. */
  elapsed(): number {
    return monotonicNow() - this.#started
  }

  firstContent(): void {
    this.#timeToFirstTokenMs ??= this.elapsed()
  }

  end(ending: Ending): void {
    const { status, error, answer, durationMs = this.elapsed() } = ending
    const facts = this.#facts(answer)
    this.#runCall?.end({
      status: runStatus[status],
      durationMs,
      ...facts,
      ...(status === 'error' && { error: summarizeError(error) }),
    })
    if (status === 'ok' && !facts.usage) this.#warnOfUnknownUsage(facts.model, answer?.usage)
    this.span?.setModel({ ...facts, metadata: this.#metadata(ending) })
    const output = onTheSide(() => this.#output(ending)) ?? notRead
    this.span?.end({ status, resultKind: 'promise', output, error, durationMs })
    // The connection holds on to the frame, and with it to this.
    this.wire?.letGo()
    this.served = undefined
    this.response = undefined
  }

  #warnOfUnknownUsage(model = 'a model', told: unknown): void {
    if (this.frame.replay) return
    const logger = this.span?.tracing.logger ?? consoleLogger
    warnOfUnknownUsage({ call: this.operation.definition.key, host: model, told }, logger)
  }

  #output({ recorded, written }: Ending): Payload {
    const tooLarge = this.wire?.tooLarge
    if (this.served?.output) return this.served.output
    if (tooLarge !== undefined) return { json: 'null', truncated: tooLarge }
    return payloadOf(recorded, written, this.span?.tracing.limits)
  }

  #facts(answer: Answer | undefined): Pick<CallValue, 'usage' | 'model' | 'timeToFirstTokenMs'> {
    const usage = usageFromBedrock(answer?.usage)
    const model = answer?.model ?? textOf(fieldsOf(this.#input).modelId)
    const timeToFirstTokenMs = this.#timeToFirstTokenMs
    return {
      ...(usage && { usage }),
      ...(model !== undefined && { model }),
      ...(timeToFirstTokenMs !== undefined && { timeToFirstTokenMs }),
    }
  }

  #metadata({ answer }: Ending): Record<string, unknown> {
    const { finishReason, latencyMs } = answer ?? {}
    const notes = [...unreadNotes(this.#input), ...(answer?.notes ?? [])]
    const requestId = this.wire?.response.headers['x-amzn-requestid']
    return {
      attempts: this.attempts,
      ...(typeof finishReason === 'string' && { finishReason }),
      ...(requestId !== undefined && { requestId }),
      ...(latencyMs !== undefined && { latencyMs }),
      ...(notes.length > 0 && { notes }),
    }
  }
}

const notRead: Payload = { json: '{}', lossy: ['$: it could not be read'] }

const runStatus: Record<SpanStatus, CallValue['status']> = {
  ok: 'success',
  error: 'error',
  cancelled: 'cancelled',
  abandoned: 'cancelled',
  unfinished: 'cancelled',
}

const slot = Symbol('runtape.bedrock.call')
type CallFrame = AmbientFrame & { readonly [slot]?: ModelCall }

/** The call inside which this code runs. */
export function currentCall(): ModelCall | undefined {
  for (let frame: CallFrame | undefined = currentFrame(); frame; frame = frame.parent) {
    const call = frame[slot]
    if (call) return call
  }
  return undefined
}

/** The call that is about to be made, or `undefined` where nobody records it. */
export function openCall(operation: Operation, input: unknown): ModelCall | undefined {
  const outer = currentFrame()
  const payload = ({ limits }: Tracing) => captureInput([onTheSide(() => readable(input)) ?? null], limits)
  const span = startSpan(operation.definition, payload)
  return span || outer?.run ? new ModelCall(operation, input, outer, span) : undefined
}

/** A command's input, with the JSON of its body in place of the text or the bytes. */
function readable(input: unknown): unknown {
  const { body } = fieldsOf(input)
  const unread = unreadKind(body)
  if (unread !== undefined) return { ...fieldsOf(input), body: { unread } }
  const json = body === undefined ? undefined : jsonIn(body)
  if (json !== undefined) return { ...fieldsOf(input), body: json }
  // As text it is looked through for secrets: of bytes nobody could tell.
  return body instanceof Uint8Array ? { ...fieldsOf(input), body: Buffer.from(body).toString() } : input
}

function unreadNotes(input: unknown): string[] {
  const unread = unreadKind(fieldsOf(input).body)
  return unread === undefined ? [] : [`The command's body is a ${unread}, which was not read.`]
}

/** What a body is that nobody can read before the SDK does, as a stream. */
function unreadKind(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || ArrayBuffer.isView(body)) return undefined
  const { name = 'object' } = body.constructor ?? {}
  return name === 'Object' ? undefined : name
}
