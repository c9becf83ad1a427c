/** A value's text in a template, or why it has none. */
export type ValueText = { readonly text: string } | { readonly problem: string }

/**
 * Strings, numbers and dates as text; objects and lists of objects as JSON. Values without useful text (`[object Promise]`, a
 * function) are a problem.
 */
export function valueText(value: unknown): ValueText {
  if (value === null || value === undefined) return { text: '' }
  if (typeof value === 'function') return { problem: 'it is a function, and templates do not call functions' }
  if (typeof (value as PromiseLike<unknown>).then === 'function')
    return { problem: 'it is a promise. Await it first' }
  const text = String(value)
  if (!text.includes('[object ')) return { text }
  return isObjectTag(value, text) ? jsonText(value, text) : { text }
}

// A string may contain exactly these words.
const isObjectTag = (value: unknown, text: string): boolean =>
  typeof value === 'object' && (Array.isArray(value) || /^\[object \w+\]$/.test(text))

function jsonText(value: unknown, text: string): ValueText {
  if (!isPlain(value)) return { problem: `it is a ${text.slice(8, -1)}, which has no text` }
  const json = JSON.stringify(value)
  return json === undefined ? { problem: 'it has no text' } : { text: json }
}

function isPlain(value: unknown): boolean {
  const tag = Object.prototype.toString.call(value)
  return tag === '[object Object]' || tag === '[object Array]'
}
