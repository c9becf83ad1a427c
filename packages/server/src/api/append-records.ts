import { RuntapeError, type TapeRecord } from '@runtape/core'
import type { AppendReceipt, Store } from '@runtape/core/store'
import type { ServerLimits } from '../limits.ts'
import { readJson } from '../requests/read-json.ts'

/** Appends the records of a body: a JSON list, or a record a line (NDJSON). */
export async function appendRecords(
  store: Store,
  text: string,
  type: string,
  { nesting }: ServerLimits,
): Promise<AppendReceipt> {
  const records = type.includes('ndjson')
    ? text.split('\n').flatMap((line, index) => lineOf(line, index + 1, nesting))
    : readJson(text, nesting)
  if (!Array.isArray(records))
    throw new RuntapeError(
      'invalid-option',
      'The body must be a JSON list of records, or a record a line with content-type application/x-ndjson.',
    )
  return store.append(records as TapeRecord[])
}

const lineOf = (line: string, number: number, nesting: number): unknown[] =>
  line.trim() === '' ? [] : [readJson(line, nesting, `Line ${number}`)]
