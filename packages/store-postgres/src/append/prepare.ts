import { type RunEvent, RuntapeError, type SpanRecord, type TapeRecord } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { assertRecord, knownFields, recordName } from '@runtape/core/store-helpers'
import { eventParams } from '../records/event-rows.ts'
import { type SharedPayload, sharedPayloads, spanOfRow, spanParams } from '../records/span-rows.ts'

type PreparedEvent = ReturnType<typeof eventParams> & { readonly record: string }

/** An event that is ready to be written. */
export interface EventToAdd {
  readonly kind: 'run-event'
  readonly identity: string
  /** As it will be read again. */
  readonly record: RunEvent
  readonly params: PreparedEvent
  readonly receivedAt?: number
}

/** A span that is ready to be written. */
export interface SpanToAdd {
  readonly kind: 'span'
  readonly identity: string
  readonly record: SpanRecord
  readonly params: ReturnType<typeof spanParams>
  readonly payloads: readonly SharedPayload[]
  readonly receivedAt?: number
}

/**
 * A record that was checked and copied: later changes of the caller do not reach it. `receivedAt` is set if it comes from
 * another store, which received it then.
 */
export type ToAdd = EventToAdd | SpanToAdd

/** @throws {RuntapeError} `invalid-record` */
export function prepare(record: TapeRecord): ToAdd {
  assertRecord(record)
  try {
    const copy = knownFields(record)
    return copy.kind === 'span' ? spanToAdd(copy) : eventToAdd(copy)
  } catch (error) {
    throw new RuntapeError(
      'invalid-record',
      `${recordName(record)} cannot be written as JSON: ${messageOf(error)}. Nothing of its batch was kept. Remove what JSON cannot represent.`,
      { cause: error },
    )
  }
}

/** A record of the store itself, such as the numbers of an erased run. */
export const prepareAgain = (record: TapeRecord): ToAdd =>
  record.kind === 'span' ? spanToAdd(record) : eventToAdd(record)

function eventToAdd(event: RunEvent): EventToAdd {
  const record = JSON.parse(JSON.stringify(event)) as RunEvent
  const params = eventParams(record)
  const { runId, metric, replayTraceId } = params
  return { kind: 'run-event', identity: JSON.stringify([runId, metric, replayTraceId]), record, params }
}

function spanToAdd(span: SpanRecord): SpanToAdd {
  const params = spanParams(span)
  const { traceId, spanId } = params
  const { input, output, error } = span
  const record = spanOfRow({
    record: params.record,
    input: input.json,
    output: output?.json ?? null,
    error: error?.value.json ?? null,
  })
  const payloads = sharedPayloads(span, params)
  return { kind: 'span', identity: JSON.stringify([traceId, spanId]), record, params, payloads }
}

/** Approximate size in bytes. */
export function weightOf({ params }: ToAdd): number {
  if ('at' in params) return params.record.length + 200
  const { record, input, output, error } = params
  return 300 + [record, input, output, error].reduce((sum, text) => sum + (text?.length ?? 0), 0)
}
