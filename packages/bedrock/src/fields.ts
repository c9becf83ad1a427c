/** The fields of whatever a model sent; none of what is no object. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The first of a list. */
export const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined)

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The JSON in a body that is bytes or text, or `undefined` where there is none. */
export function jsonIn(body: unknown): unknown {
  if (typeof body === 'string') return jsonOf(body)
  return body instanceof Uint8Array
    ? jsonOf(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString())
    : undefined
}
