import type { CaptureLimits } from '@runtape/trace'

/** Whether parsed JSON can be kept as its text: nothing to redact in it, nothing too deep, nothing too long. */
export function isPlain(value: unknown, limits: CaptureLimits, depth = 0): boolean {
  // A text that may be JSON, as a tool's arguments are, may hold secrets too.
  if (typeof value === 'string') return !/^\s*[{[]/.test(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth >= limits.maxDepth) return false
  if (Array.isArray(value))
    return value.length <= limits.maxLength && value.every(item => isPlain(item, limits, depth + 1))
  let index = 0
  for (const key in value) {
    if (limits.isSecret(key, depth, index++)) return false
    if (!isPlain((value as Record<string, unknown>)[key], limits, depth + 1)) return false
  }
  return true
}
