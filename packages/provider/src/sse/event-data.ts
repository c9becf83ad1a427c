import { type Fields, isFields } from '../call/json-fields.ts'

/** The data of one event; `undefined` for an event without data, such as a comment or a blank line. */
export function dataOf(event: string): string | undefined {
  // A stream may start with a byte order mark.
  const text = event.startsWith('\ufeff') ? event.slice(1) : event
  if (isOneLine(text)) return text.slice('data: '.length, -2)
  const data: string[] = []
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5))
    else if (line === 'data') data.push('')
  }
  return data.length > 0 ? data.join('\n') : undefined
}

// Nearly all events have a single line.
const isOneLine = (text: string): boolean =>
  text.startsWith('data: ') &&
  text.indexOf('\n') === text.length - 2 &&
  text.endsWith('\n\n') &&
  !text.includes('\r')

/** The JSON of an event's data; `'done'` for `[DONE]`, `undefined` without data, `null` if it is not JSON. */
export function eventIn(data: string | undefined): Fields | 'done' | undefined | null {
  if (data === undefined) return undefined
  if (data.startsWith('[DONE]')) return 'done'
  try {
    const event: unknown = JSON.parse(data)
    return isFields(event) ? event : null
  } catch {
    return null
  }
}
