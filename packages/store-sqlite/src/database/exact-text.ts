import type { SqliteStatement, SqlValue } from './handle.ts'

// SQLite stores text as UTF-8, where every lone surrogate becomes the same character, so two run ids could share a row.
// Node 22.13 reads a text only up to its first NUL. Texts with either are stored as JSON, which escapes both, after a
// noncharacter (U+FFFF).
const mark = '\uffff'

/** The text in a form that SQLite returns unchanged; nearly always the text itself. */
export const encodeText = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') && !text.startsWith(mark) ? text : mark + JSON.stringify(text)

/** The text that was passed to `encodeText`. */
export const decodeText = (text: string): string =>
  text.startsWith(mark) ? (JSON.parse(text.slice(mark.length)) as string) : text

/** Parses JSON that SQL has built from text columns. */
export const parseTexts = (json: string): unknown =>
  json.includes(mark)
    ? JSON.parse(json, (_key, value: unknown) => (typeof value === 'string' ? decodeText(value) : value))
    : JSON.parse(json)

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
    if (typeof value === 'string' && value.startsWith(mark))
      (row as Record<string, unknown>)[column] = decodeText(value)
  }
  return row
}
