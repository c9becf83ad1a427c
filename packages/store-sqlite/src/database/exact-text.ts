import type { SqliteStatement, SqlValue } from './handle.ts'

// SQLite keeps text as UTF-8, in which every half of a surrogate pair becomes the same character: two run ids would be
// one row; and Node 22.13 reads a text up to its first NUL. Such a text is kept as JSON, which escapes both, behind a
// character that is none (U+FFFF).
const mark = '\uffff'

/** The text in a form that comes back as it is; nearly always the text itself. */
export const encodeText = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') && !text.startsWith(mark) ? text : mark + JSON.stringify(text)

/** The text that `encodeText` had. */
export const decodeText = (text: string): string =>
  text.startsWith(mark) ? (JSON.parse(text.slice(mark.length)) as string) : text

/** JSON that SQL has made of columns with texts. */
export const parseTexts = (json: string): unknown =>
  json.includes(mark)
    ? JSON.parse(json, (_key, value: unknown) => (typeof value === 'string' ? decodeText(value) : value))
    : JSON.parse(json)

/** Parameters with their texts encoded: mostly the list itself, which is never changed. */
class Encoder {
  /** The texts before, in their places: most are the same again. */
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

/** Longer texts are not kept in memory. */
const longestKept = 64

/** A statement that takes and returns every text as it is. */
export interface ExactStatement extends SqliteStatement {
  /** Runs an INSERT with the list as its parameters; returns the id of the row, `undefined` if it inserted none, 0 if unknown. */
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
