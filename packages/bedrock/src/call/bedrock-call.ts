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

/** One logical call of the application, regardless of SDK retries: one span, and one call in a run. */
export class BedrockCall extends ModelCall {
  readonly operation: Operation
  readonly input: unknown
  /** The frame in which the SDK does its work. */
  readonly sdkFrame: AmbientFrame
  /** Result of the latest attempt; `undefined` while it has no answer. */
  wire: WireRecord | undefined
  /** Number of the SDK's attempts. */
  tries = 0
  /** In a replay: the replacement for the host's answer. */
  response: HttpResponse | undefined
  /** In a replay: the answer from the tape, once loaded. */
  served: Served | undefined

  constructor(details: Details, outer: AmbientFrame | undefined, span: ModelCall['span']) {
    super(details, outer, span)
    this.operation = details.operation
    this.input = details.command
    // A frame even without a span, so that this call differs from others of the same run.
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
    // The connection keeps the frame alive, and with it this object.
    this.wire?.letGo()
    this.served = undefined
    this.response = undefined
  }

  /** The recorded output; for a served call, the served one again. */
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

/** The surrounding call of this code. */
export function currentCall(): BedrockCall | undefined {
  for (let frame: CallFrame | undefined = currentFrame(); frame; frame = frame.parent) {
    const call = frame[slot]
    if (call) return call
  }
  return undefined
}

/** The call that a command starts, or `undefined` if nothing is recorded. */
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

/** A command's input, with the JSON of its body instead of text or bytes. */
function readable(input: unknown): unknown {
  const { body } = fieldsOf(input)
  const unread = unreadKind(body)
  if (unread !== undefined) return { ...fieldsOf(input), body: { unread } }
  const json = body === undefined ? undefined : jsonIn(body)
  if (json !== undefined) return { ...fieldsOf(input), body: json }
  // Text is searched for secrets, bytes are not.
  return body instanceof Uint8Array ? { ...fieldsOf(input), body: Buffer.from(body).toString() } : input
}

/** The unread part of a command. */
export function unreadNotes(input: unknown): string[] {
  const unread = unreadKind(fieldsOf(input).body)
  return unread === undefined ? [] : [`The command's body is a ${unread}, which is not read.`]
}

/** The kind of a body that cannot be read before the SDK does, such as a stream. */
function unreadKind(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || ArrayBuffer.isView(body)) return undefined
  const { name = 'object' } = body.constructor ?? {}
  return name === 'Object' ? undefined : name
}
