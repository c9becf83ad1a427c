import type { Payload, SpanRecord } from '@runtape/core'

/** A flat rate for the object itself, its numbers and its ids. */
const base = 500

/** Approximate memory of a span in bytes: each string, each mark of a payload and all of its metadata. */
export function sizeOfSpan(span: SpanRecord): number {
  try {
    const { key, name, input, output, error, tags, metadata } = span
    const texts = key.length + name.length + (error ? error.message.length : 0)
    const payloads = sizeOfPayload(input) + sizeOfPayload(output) + sizeOfPayload(error?.value)
    return base + texts + payloads + sizeOf(tags) + sizeOf(metadata)
  } catch {
    // Reading it throws, so it will be refused when it is written.
    return base
  }
}

function sizeOfPayload(payload: Payload | undefined): number {
  if (payload === undefined) return 0
  const { json, meta, lossy, redacted } = payload
  return json.length + sizeOf(meta) + sizeOf(lossy) + sizeOf(redacted)
}

/** Iterative: metadata may be nested to any depth. */
function sizeOf(root: unknown): number {
  if (root === undefined) return 0
  let size = 0
  const open: unknown[] = [root]
  // Shared objects count once, and cycles end.
  const seen = new Set<object>()
  while (open.length > 0) {
    const next = open.pop()
    if (typeof next === 'string') size += next.length
    else if (typeof next === 'object' && next !== null && !seen.has(next)) {
      seen.add(next)
      size += weigh(next, open)
    }
  }
  return size
}

/** Bytes of the object without its members, which are added to the list. */
function weigh(object: object, open: unknown[]): number {
  if (ArrayBuffer.isView(object)) return object.byteLength
  if (Array.isArray(object)) {
    for (const item of object as unknown[]) open.push(item)
    return 16 + 8 * object.length
  }
  let size = 16
  for (const name in object) {
    size += 8 + name.length
    open.push((object as Record<string, unknown>)[name])
  }
  return size
}
