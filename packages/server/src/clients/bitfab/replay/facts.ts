import type { SpanRecord } from '@runtape/core'
import { HttpError } from '../../../http-error.ts'
import { isObject } from '../../is-object.ts'

type Fields = Readonly<Record<string, unknown>>

/** What a Bitfab client said of a span, and has no place elsewhere in the record; `undefined` for spans of other clients. */
export function factsOf({ metadata }: SpanRecord): Fields | undefined {
  const facts = metadata?.source === 'bitfab' ? metadata.bitfab : undefined
  return isObject(facts) ? facts : undefined
}

/** The span's data in the client's form, as it was sent. */
export function dataOf(record: SpanRecord): Fields {
  const { name, type, error, input, output } = record
  const facts = factsOf(record)
  return {
    ...{ name, type: type === 'model' ? 'llm' : type },
    input: JSON.parse(input.json),
    ...(output ? { output: JSON.parse(output.json) } : noOutput),
    ...(error && { error: error.message }),
    ...(isObject(facts?.data) && facts.data),
  }
}

/** As clients send it of what failed. */
const noOutput = { output: null, output_meta: { values: ['undefined'], v: 1 } }

/** @throws {HttpError} 404 */
export function requireBitfab(record: SpanRecord | undefined): SpanRecord {
  if (!record) throw new HttpError(404, 'not-found', 'The store has no such span.')
  if (factsOf(record)) return record
  throw new HttpError(
    404,
    'not-found',
    `The span ${record.name} was not recorded by a Bitfab client. Replay it with the runtape command.`,
  )
}
