import { mayBeJson } from './json-text.ts'
import type { CaptureLimits } from './limits.ts'

/**
 * Whether parsed JSON can be kept as its text: nothing to redact in it by name, nothing too deep, nothing too long. For
 * providers, whose requests and answers are JSON before they are captured.
 */
export function isPlainJson(value: unknown, limits: CaptureLimits, depth = 0): boolean {
  // A text that may be JSON, as a tool's arguments are, may hold secrets too.
  if (typeof value === 'string') return !mayBeJson(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth >= limits.maxDepth) return false
  if (Array.isArray(value)) return isPlainList(value, limits, depth + 1)
  let index = 0
  for (const key in value) {
    if (limits.isSecret(key, depth, index++)) return false
    const inner = (value as Record<string, unknown>)[key]
    // Most need no call of their own.
    if (typeof inner === 'string' ? mayBeJson(inner) : !isPlainJson(inner, limits, depth + 1)) return false
  }
  return true
}

function isPlainList(list: readonly unknown[], limits: CaptureLimits, depth: number): boolean {
  if (list.length > limits.maxLength) return false
  for (const item of list) if (!isPlainJson(item, limits, depth)) return false
  return true
}
