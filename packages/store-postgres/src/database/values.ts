import { hash } from 'node:crypto'
import { decodeText, encodeText } from '@runtape/core/store-helpers'
import pg from 'pg'

/** Type ids of Postgres whose values arrive as numbers. */
const numberTypes: ReadonlySet<number> = new Set([20, 701])

/** Parsers of one query. The application may have changed those of `pg` itself. */
export const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    numberTypes.has(oid) && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser,
}

/** A parameter that keeps every text exactly. */
export function encoded(value: unknown): unknown {
  if (typeof value === 'string') return encodeText(value)
  if (Array.isArray(value)) return value.map(encoded)
  return value === undefined ? null : value
}

/** A row with the texts that were passed. */
export function decoded<Row>(row: Row): Row {
  const fields = row as Record<string, unknown>
  for (const name in fields) {
    const value = fields[name]
    if (typeof value === 'string') fields[name] = decodeText(value)
    else if (Array.isArray(value))
      fields[name] = value.map(one => (typeof one === 'string' ? decodeText(one) : one))
  }
  return row
}

/** Longer texts do not fit into an index. */
const longestKey = 400

/**
 * A text for an indexed column, such as an id or a key. A very long one is shortened and ends in its hash: compare such a
 * column with `keyText(text)`, and read the text itself from the record.
 */
export function keyText(text: string): string {
  if (text.length <= longestKey) return text
  return `${text.slice(0, 64)}\uffff${hash('sha256', encodeText(text), 'base64url')}`
}

/** The order of Postgres for columns `COLLATE "C"`: that of the bytes. */
export const compareKeys = (a: string, b: string): number =>
  a === b ? 0 : Buffer.compare(Buffer.from(encodeText(a)), Buffer.from(encodeText(b)))

/** Whether a text may be one that `keyText` has shortened. */
export const isShortened = (key: string): boolean => key.length === 108 && key[64] === '\uffff'
