import { deflateRawSync, inflateRawSync } from 'node:zlib'

const longest = 1000
const mark = 'deflate:'

/** JSON in a text. Postgres refuses some values as `jsonb`, such as U+0000 in a string; in a text they are escaped. */
export function pack(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length <= longest ? text : mark + deflateRawSync(text).toString('base64')
}

export function unpack(packed: string): unknown {
  if (!packed.startsWith(mark)) return JSON.parse(packed)
  return JSON.parse(inflateRawSync(Buffer.from(packed.slice(mark.length), 'base64')).toString('utf8'))
}
