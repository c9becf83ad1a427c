import { inspect } from 'node:util'
import { headOf } from './visible-text.ts'

const maxCharacters = 20_000

/** A value as a person reads it: texts as they are, everything else a line per part. Never throws. */
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
      // Code of the value's own must not run for a report.
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
