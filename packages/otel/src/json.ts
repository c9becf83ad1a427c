import type { Payload } from '@runtape/core'

export type Fields = Readonly<Record<string, unknown>>

/** The value of a payload; `undefined` if it was not kept. */
export function readPayload(payload: Payload | undefined): unknown {
  if (!payload || payload.truncated !== undefined) return undefined
  try {
    return JSON.parse(payload.json)
  } catch {
    return undefined
  }
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {})

/** The entries with a value. */
export const known = (entries: Fields): Record<string, unknown> =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined))
