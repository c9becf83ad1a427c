import { type RunEvent, RuntapeError, type SpanRecord, type TapeRecord } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { assertRecord, recordName } from '@runtape/core/store-helpers'
import type { SqlValue } from '../database/handle.ts'
import { eventParams } from '../records/event-rows.ts'
import { spanParams } from '../records/span-rows.ts'
import { weightOfText } from './payload-parts.ts'
import type { PayloadSharing, SharedPayload } from './shared-payloads.ts'

interface PreparedEvent {
  readonly record: RunEvent
  readonly params: SqlValue[]
  readonly payloads: readonly []
}

interface PreparedSpan {
  readonly record: SpanRecord
  readonly params: SqlValue[]
  /** The payloads that are stored outside its row. */
  readonly payloads: readonly SharedPayload[]
}

/** A record that was validated and converted. Only the database can still refuse it. */
export type Prepared = PreparedEvent | PreparedSpan

/** @throws {RuntapeError} `invalid-record` */
export function prepare(record: TapeRecord, sharing: PayloadSharing): Prepared {
  assertRecord(record)
  try {
    return record.kind === 'span'
      ? preparedSpan(record, sharing)
      : { record, params: eventParams(record), payloads: [] }
  } catch (error) {
    throw new RuntapeError(
      'invalid-record',
      `${recordName(record)} cannot be written as JSON: ${messageOf(error)}. It was not kept. Remove what JSON cannot represent.`,
      { cause: error },
    )
  }
}

function preparedSpan(record: SpanRecord, sharing: PayloadSharing): PreparedSpan {
  const metadata = record.metadata === undefined ? null : JSON.stringify(record.metadata)
  const shared = sharing.of(record, metadata)
  const params = spanParams(record, metadata, shared)
  const { input, output, error, metadata: more } = shared
  const payloads = [input, output?.name === input?.name ? undefined : output, error, more]
  return { record, params, payloads: payloads.filter(payload => payload !== undefined) }
}

/** Approximate number of bytes that a transaction writes for the record, without the parts of its payloads. */
export function weightOf({ params, payloads }: Prepared): number {
  let weight = 0
  for (const param of params) if (typeof param === 'string') weight += weightOfText(param)
  for (const { json, parts } of payloads) if (parts.length === 0) weight += weightOfText(json)
  return weight
}
