import type { UsageDimension } from '@runtape/core/store'
import type { TimeDimension, TimeLabels } from '@runtape/core/store-helpers'
import type { NumberColumn } from '../rows/rows-schema.ts'
import { quarterMs } from '../rows/segment-sums.ts'
import { noText, type Texts } from '../rows/texts.ts'

/** Assigns codes to the values of a dimension, from 0 up to 2^32 - 1. */
export interface Coder {
  readonly dimension: UsageDimension
  readonly column: NumberColumn
  /** @param value of the column; NaN for null */
  codeOf(value: number): number
  /**
   * The code of all times in a quarter of an hour; `undefined` if they have different codes, or the dimension is not
   * time.
   */
  codeOfQuarter?(quarter: number): number | undefined
  /** The label of the code in a row of usage. */
  label(code: number): string
}

/** @param timeZone of the labels. Default: UTC. */
export function coderOf(
  dimension: UsageDimension,
  texts: Pick<Texts, 'textOf'>,
  labels: TimeLabels,
  timeZone?: string,
): Coder {
  if (isOfTime(dimension))
    return timeCoder(dimension, labels[dimension], timeZone === undefined ? utcSpans[dimension] : quarterMs)
  if (dimension === 'version') return versionCoder()
  const column = textColumns[dimension]
  const codeOf = (id: number): number => (Number.isNaN(id) ? noText : id)
  return { dimension, column, codeOf, label: id => texts.textOf(id) }
}

/** The columns of dimensions that are texts, by their ids. */
export const textColumns = {
  config: 'config',
  variation: 'variation',
  model: 'model',
  provider: 'provider',
  contextKind: 'context_kind',
  contextKey: 'context_key',
} as const satisfies Partial<Record<UsageDimension, NumberColumn>>

/**
 * In UTC, all times of an hour or a day have the same label. In other zones, and for most buckets, all times of a
 * quarter of an hour do.
 */
const utcSpans = {
  bucket: quarterMs,
  hour: 3_600_000,
  day: 86_400_000,
  month: 86_400_000,
} as const satisfies Record<TimeDimension, number>

export const timeDimensions: ReadonlySet<UsageDimension> = new Set(Object.keys(utcSpans) as TimeDimension[])

const isOfTime = (dimension: UsageDimension): dimension is TimeDimension => timeDimensions.has(dimension)

function timeCoder(dimension: TimeDimension, label: (at: number) => string, spanMs: number): Coder {
  const periods = new Numbered<string>()
  const codes = new Map<number, number | undefined>()
  const codeOfSpan = (span: number): number | undefined => {
    const known = codes.get(span)
    if (known !== undefined || codes.has(span)) return known
    const [first, last] = [label(span * spanMs), label((span + 1) * spanMs - 1)]
    const code = first === last ? periods.numberOf(first) : undefined
    codes.set(span, code)
    return code
  }
  // Runs that are stored together mostly began together.
  let [lastSpan, lastCode] = [Number.NaN, 0]
  const codeOf = (at: number): number => {
    const span = Math.floor(at / spanMs)
    if (span === lastSpan) return lastCode
    const code = codeOfSpan(span)
    if (code === undefined) return periods.numberOf(label(at))
    lastSpan = span
    lastCode = code
    return code
  }
  const codeOfQuarter = (quarter: number) => codeOfSpan(Math.floor((quarter * quarterMs) / spanMs))
  return { dimension, column: 'first_at', codeOf, codeOfQuarter, label: code => periods.at(code) }
}

function versionCoder(): Coder {
  const versions = new Numbered<number>()
  return {
    dimension: 'version',
    column: 'version',
    codeOf: version => versions.numberOf(version),
    label: code => String(versions.at(code)),
  }
}

/** Assigns numbers to values in the order in which they first occur. */
class Numbered<T> {
  readonly #numbers = new Map<T, number>()
  readonly #values: T[] = []

  numberOf(value: T): number {
    const known = this.#numbers.get(value)
    if (known !== undefined) return known
    this.#numbers.set(value, this.#values.length)
    return this.#values.push(value) - 1
  }

  at(number: number): T {
    return this.#values[number] as T
  }
}
