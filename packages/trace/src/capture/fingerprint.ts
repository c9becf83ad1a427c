import { createHash } from 'node:crypto'
import type { Payload, PayloadMark } from '@runtape/core'

/** Changes whenever the same value would get another fingerprint than before. */
export const fingerprintVersion = 1

/**
 * Names a captured value by its content: equal for equal values, whatever the order of their properties.
 * One function serves recording and matching. An error's stack is left out: it differs from place to place.
 */
export function fingerprint(payload: Payload): string {
  const hash = createHash('sha256').update(canonicalJSON(withoutStacks(payload)))
  if (payload.meta) hash.update(canonicalMarks(payload.meta))
  if (payload.truncated !== undefined) hash.update(`truncated ${payload.truncated}`)
  return `${fingerprintVersion}:${hash.digest('base64url')}`
}

function withoutStacks(payload: Payload): unknown {
  const json: unknown = JSON.parse(payload.json)
  for (const [path, type] of payload.meta ?? []) {
    if (type === 'error') delete (valueAt(json, path) as { stack?: unknown }).stack
  }
  return json
}

function valueAt(json: unknown, path: PayloadMark[0]): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], json)
}

function canonicalJSON(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(canonicalJSON).join(',')}]`
  if (typeof json !== 'object' || json === null) return JSON.stringify(json)
  const record = json as Record<string, unknown>
  const fields = Object.keys(record).sort()
  return `{${fields.map(field => `${JSON.stringify(field)}:${canonicalJSON(record[field])}`).join(',')}}`
}

function canonicalMarks(marks: readonly PayloadMark[]): string {
  return marks
    .map(mark => JSON.stringify(mark))
    .sort()
    .join('\n')
}
