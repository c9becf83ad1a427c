/** A JSON object with unknown fields. */
export type Fields = Readonly<Record<string, unknown>>

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null

/** The fields of an object; empty for anything else. */
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

/** The objects in a list; empty for anything else. */
export const objectsIn = <T extends object>(list: unknown): T[] =>
  Array.isArray(list) ? list.filter(item => typeof item === 'object' && item !== null) : []

export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The parsed JSON, or `undefined` if the text is invalid. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
