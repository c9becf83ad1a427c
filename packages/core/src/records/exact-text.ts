// Databases store text as UTF-8, where every lone surrogate becomes the same character, so two run ids could share a row.
// Postgres refuses NUL, and Node 22.13 reads a text of SQLite only up to its first. Texts with either are stored as JSON,
// which escapes both, after a noncharacter (U+FFFF).
const mark = '\uffff'

/** The text in a form that a database returns unchanged; nearly always the text itself. */
export const encodeText = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') && !text.startsWith(mark) ? text : mark + JSON.stringify(text)

/** Whether `encodeText` changed the text. */
export const isEncodedText = (text: string): boolean => text.startsWith(mark)

/** The text that was passed to `encodeText`. */
export const decodeText = (text: string): string =>
  text.startsWith(mark) ? (JSON.parse(text.slice(mark.length)) as string) : text

/** Parses JSON that SQL has built from text columns. */
export const parseTexts = (json: string): unknown =>
  json.includes(mark)
    ? JSON.parse(json, (_key, value: unknown) => (typeof value === 'string' ? decodeText(value) : value))
    : JSON.parse(json)
