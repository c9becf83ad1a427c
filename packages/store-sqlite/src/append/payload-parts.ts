/** Payloads larger than this many bytes are written in parts, a few parts per transaction. */
export const partsFrom = 128 * 1024

const partBytes = 64 * 1024

/** Whether a payload is written in parts. */
export const isLarge = (json: string): boolean =>
  json.length > partsFrom || (json.length > partsFrom / 3 && Buffer.byteLength(json) > partsFrom)

/** Splits a payload into parts. No part ends inside a character. */
export function partsOf(json: string): string[] {
  const parts: string[] = []
  for (let from = 0; from < json.length; ) {
    const part = partFrom(json, from)
    parts.push(part)
    from += part.length
  }
  return parts
}

/** Non-Latin text takes up to three bytes a character. */
function partFrom(json: string, from: number): string {
  for (let length = partBytes; ; length = Math.ceil(length / 2)) {
    let to = Math.min(from + length, json.length)
    if (isHighSurrogate(json.charCodeAt(to - 1))) to++
    const part = json.slice(from, to)
    if (length < partBytes / 2 || Buffer.byteLength(part) <= 1.5 * partBytes) return part
  }
}

/** Approximate size in bytes. Short texts are counted in characters. */
export const weightOfText = (text: string): number =>
  text.length < 1024 ? text.length : Buffer.byteLength(text)

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff

/** Escapes lone surrogates as JSON does, because SQLite cannot store them in text. */
export const wellFormedJson = (json: string): string =>
  json.isWellFormed()
    ? json
    : json.replace(
        /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
        half => `\\u${half.charCodeAt(0).toString(16)}`,
      )

/** The name with which a span refers to a payload in parts. */
export const namedInParts = (hash: string): string => `${hash}.`

/** The name of one part. The names of a payload's parts sort in order. */
export const partName = (name: string, index: number): string => name + String(index).padStart(4, '0')

/** SQL that selects the parts of the payload that a span refers to: all names that start with its own. */
const partsIn = (hash: string): string =>
  `FROM payloads WHERE payloads.trace_id = span_rows.trace_id AND payloads.hash > span_rows.${hash}
    AND payloads.hash < span_rows.${hash} || ':'`

const wholeIn = (hash: string): string =>
  `FROM payloads WHERE payloads.trace_id = span_rows.trace_id AND payloads.hash = span_rows.${hash}`

type HashColumn = 'input_hash' | 'output_hash' | 'error_hash' | 'metadata_hash'

/** SQL for the payload that a row of `span_rows` refers to; `NULL` without one. */
export const namedPayload = (hash: HashColumn): string =>
  `CASE WHEN span_rows.${hash} LIKE '%.' THEN (SELECT group_concat(json, '') FROM (SELECT json ${partsIn(hash)} ORDER BY payloads.hash))
    ELSE (SELECT json ${wholeIn(hash)}) END`

/** SQL for the start of that payload: all of it, or its first part. */
export const startOfPayload = (hash: HashColumn): string =>
  `(SELECT json FROM payloads WHERE payloads.trace_id = span_rows.trace_id AND payloads.hash >= span_rows.${hash}
    AND payloads.hash < span_rows.${hash} || ':' ORDER BY payloads.hash LIMIT 1)`

/** SQL for the size of that payload in bytes. SQLite knows it without reading the payload. */
export const namedPayloadSize = (hash: HashColumn): string =>
  `CASE WHEN span_rows.${hash} LIKE '%.' THEN (SELECT sum(octet_length(json)) ${partsIn(hash)})
    ELSE (SELECT octet_length(json) ${wholeIn(hash)}) END`
