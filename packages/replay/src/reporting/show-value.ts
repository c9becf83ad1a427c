import { inspect } from 'node:util'
import { headOf } from './visible-text.ts'

const maxCharacters = 20_000

/** A value for people: strings unquoted, everything else one line per part. Never throws. */
export function showValue(value: unknown): string {
  return cut(typeof value === 'string' ? value : inspected(value))
}

function inspected(value: unknown): string {
  try {
    return inspect(value, {
      depth: 12,
      compact: false,
      breakLength: 80,
      sorted: true,
      maxArrayLength: 200,
      maxStringLength: maxCharacters,
      // The value's own code must not run for a report.
      customInspect: false,
      getters: false,
    })
  } catch {
    return 'a value that cannot be shown'
  }
}

function cut(text: string): string {
  if (text.length <= maxCharacters) return text
  const head = headOf(text, maxCharacters)
  return `${head}\n… ${(text.length - head.length).toLocaleString('en-US')} more characters`
}
