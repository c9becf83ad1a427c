import { isDeeper } from '../../../../requests/read-json.ts'
import type { Attributes, AttributeValue } from '../../wire/otel-span.ts'

/** The first of these attributes that is a text with something in it. */
export function textIn(attributes: Attributes, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = attributes[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** The first of these attributes that is a number. */
export function numberIn(attributes: Attributes, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = attributes[name]
    if (typeof value === 'number' && Number.isFinite(value)) return value
  }
  return undefined
}

/** The first of these attributes that is a list of texts: as a list, or as JSON of one. */
export function textsIn(attributes: Attributes, ...names: readonly string[]): readonly string[] | undefined {
  for (const name of names) {
    const value = jsonIn(attributes, name)
    const texts = Array.isArray(value) ? value.filter(item => typeof item === 'string' && item !== '') : []
    if (texts.length > 0) return texts
  }
  return undefined
}

/** The first of these attributes that is there; a text of JSON as what it stands for. */
export function jsonIn(attributes: Attributes, ...names: readonly string[]): unknown {
  for (const name of names) {
    const value = attributes[name]
    if (value !== undefined && value !== null) return parsed(value)
  }
  return undefined
}

/** What is written again and read by others must not be too deep for them. */
const mostLevels = 100

/** A text of JSON as the list or object that it stands for; all else unchanged. */
export function parsed(value: AttributeValue): unknown {
  if (Array.isArray(value)) return value.map(parsed)
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value) || isDeeper(value, mostLevels)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
