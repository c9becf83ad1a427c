import type { Payload } from '@runtape/core'
import { type AmbientFrame, currentFrame } from '@runtape/core/internal'
import {
  type CallDetails,
  type CallResult,
  captureInput,
  contained,
  fieldsOf,
  ModelCall,
  openAs,
  type PreencodedMembers,
  payloadOf,
  type Served,
  textOf,
} from '@runtape/provider'
import type { CaptureLimits } from '@runtape/trace'
import { jsonIn } from '../body/vendor.ts'
import type { Operation } from '../operations.ts'
import type { RecordedAnswer } from '../recorded/recorded-answer.ts'
import type { WireRecord } from '../recorded/wire-record.ts'
import type { HttpResponse } from '../smithy.ts'
import { usageFromBedrock } from '../usage.ts'

/** One logical call of the application, however often the SDK tries: one span, and in a run one call. */
export class BedrockCall extends ModelCall {
  readonly operation: Operation
  readonly input: unknown
  /** The frame in which the SDK does its work. */
  readonly sdkFrame: AmbientFrame
  /** What the latest attempt got; `undefined` while it has no answer. */
  wire: WireRecord | undefined
  /** How often the SDK tried. */
  tries = 0
  /** In a replay: what the SDK is to find in place of an answer of the host. */
  response: HttpResponse | undefined
  /** In a replay: the answer from the tape, when it has been got. */
  served: Served | undefined

  constructor(details: Details, outer: AmbientFrame | undefined, span: ModelCall['span']) {
    super(details, outer, span)
    this.operation = details.operation
    this.input = details.command
    // A frame also where there is no span, so that this call differs from others of the same run.
    const frame: CallFrame = {
      parent: outer,
      span: span ?? outer?.span,
      run: outer?.run,
      replay: outer?.replay,
      [slot]: this,
    }
    this.sdkFrame = frame
    this.startAttempt()
  }

  override end(result: CallResult): void {
    super.end({ ...result, metadata: this.#metadata(result.metadata) })
    // The connection holds on to the frame, and with it to this.
    this.wire?.letGo()
    this.served = undefined
    this.response = undefined
  }

  /** What is recorded: of what was served, the very same again. */
  payload(
    values: RecordedAnswer,
    members: PreencodedMembers | undefined,
    limits: CaptureLimits | undefined,
  ): Payload {
    return this.served?.output ?? payloadOf({ values, members, tooLarge: this.wire?.tooLarge }, limits)
  }

  #metadata(metadata: CallResult['metadata']): Record<string, unknown> {
    const requestId = this.wire?.response.headers['x-amzn-requestid']
    return { attempts: this.tries, ...(requestId !== undefined && { requestId }), ...metadata }
  }
}

const slot = Symbol('runtape.bedrock.call')
type CallFrame = AmbientFrame & { readonly [slot]?: BedrockCall }

/** The call inside which this code runs. */
export function currentCall(): BedrockCall | undefined {
  for (let frame: CallFrame | undefined = currentFrame(); frame; frame = frame.parent) {
    const call = frame[slot]
    if (call) return call
  }
  return undefined
}

/** The call that a command begins, or `undefined` where none is recorded. */
export const openBedrockCall = (operation: Operation, command: unknown): BedrockCall | undefined =>
  openAs(detailsOf(operation, command), BedrockCall)

interface Details extends CallDetails {
  readonly operation: Operation
  readonly command: unknown
}

function detailsOf(operation: Operation, command: unknown): Details {
  const model = textOf(fieldsOf(command).modelId)
  return {
    operation,
    command,
    definition: operation.definition,
    model,
    host: model ?? 'a model',
    usageOf: usageFromBedrock,
    input: ({ limits }) => captureInput([contained(() => readable(command)) ?? null], limits),
  }
}

/** A command's input, with the JSON of its body in place of the text or the bytes. */
function readable(input: unknown): unknown {
  const { body } = fieldsOf(input)
  const unread = unreadKind(body)
  if (unread !== undefined) return { ...fieldsOf(input), body: { unread } }
  const json = body === undefined ? undefined : jsonIn(body)
  if (json !== undefined) return { ...fieldsOf(input), body: json }
  // As text it is looked through for secrets, which bytes are not.
  return body instanceof Uint8Array ? { ...fieldsOf(input), body: Buffer.from(body).toString() } : input
}

/** What of a command was not read. */
export function unreadNotes(input: unknown): string[] {
  const unread = unreadKind(fieldsOf(input).body)
  return unread === undefined ? [] : [`The command's body is a ${unread}, which is not read.`]
}

/** What a body is that cannot be read before the SDK does, as a stream. */
function unreadKind(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || ArrayBuffer.isView(body)) return undefined
  const { name = 'object' } = body.constructor ?? {}
  return name === 'Object' ? undefined : name
}
