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

/** Encodes the texts in a list of parameters, in place. */
function encodeParams(params: SqlValue[]): SqlValue[] {
  for (let at = 0; at < params.length; at++) {
    const param = params[at]
    if (typeof param === 'string') params[at] = encodeText(param)
  }
  return params
}

/** A statement that takes and returns every text as it is. */
export function exactText(statement: SqliteStatement): SqliteStatement {
  return {
    run: (...params) => statement.run(...encodeParams(params)),
    get: (...params) => decodeRow(statement.get(...encodeParams(params))),
    all: (...params) => statement.all(...encodeParams(params)).map(decodeRow),
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
