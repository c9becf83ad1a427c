import type { TokenUsage } from '@runtape/core'
import { usageProblem } from '@runtape/core/internal'
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

/** A text of JSON as the list or object that it stands for; all else unchanged. */
export function parsed(value: AttributeValue): unknown {
  if (Array.isArray(value)) return value.map(parsed)
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** Counts of tokens as a span has them. `total` defaults to the sum. */
export type Counts = Partial<Record<keyof TokenUsage, number | undefined>>

/** The usage of counts that say how many tokens went in and out; absent if one of them is unknown or cannot be. */
export function usageOf({ input, output, total, ...subsets }: Counts): TokenUsage | undefined {
  // A total and one part say the other.
  const given = input ?? (total !== undefined && output !== undefined ? total - output : undefined)
  const made = output ?? (total !== undefined && given !== undefined ? total - given : undefined)
  if (given === undefined || made === undefined) return undefined
  const known = Object.entries(subsets).filter(([, count]) => count !== undefined)
  const usage = { ...Object.fromEntries(known), input: given, output: made, total: total ?? given + made }
  return usageProblem(usage) === undefined ? usage : undefined
}
