import { decodeText, encodeText, isEncodedText } from '@runtape/core/store-helpers'
import type { SqliteStatement, SqlValue } from './handle.ts'

/** Encodes the texts among parameters. Usually returns the list itself, and never changes it. */
class Encoder {
  /** The previous text at each index. Most are the same in the next call. */
  readonly #before: SqlValue[] = []

  encoded(params: SqlValue[]): SqlValue[] {
    let all = params
    for (let at = 0; at < params.length; at++) {
      const param = params[at] as SqlValue
      if (typeof param !== 'string' || param === this.#before[at]) continue
      const text = encodeText(param)
      if (text === param) {
        if (text.length <= longestKept) this.#before[at] = text
        continue
      }
      if (all === params) all = params.slice()
      all[at] = text
    }
    return all
  }
}

/** Longer texts are not remembered. */
const longestKept = 64

/** A statement that writes and reads every text unchanged. */
export interface ExactStatement extends SqliteStatement {
  /** Runs an INSERT with these parameters. Returns the row id, `undefined` if nothing was inserted, or 0 if unknown. */
  insert(params: SqlValue[]): number | undefined
}

export function exactText(statement: SqliteStatement): ExactStatement {
  const encoder = new Encoder()
  return {
    run: (...params) => statement.run(...encoder.encoded(params)),
    get: (...params) => decodeRow(statement.get(...encoder.encoded(params))),
    all: (...params) => statement.all(...encoder.encoded(params)).map(decodeRow),
    insert: params => {
      const { changes, lastInsertRowid = 0 } = statement.run(...encoder.encoded(params))
      return Number(changes) === 0 ? undefined : Number(lastInsertRowid)
    },
  }
}

function decodeRow(row: unknown): unknown {
  for (const column in row as object) {
    const value = (row as Record<string, unknown>)[column]
    if (typeof value === 'string' && isEncodedText(value))
      (row as Record<string, unknown>)[column] = decodeText(value)
  }
  return row
}
