import type { FieldKind } from './fields.ts'

type AmountKind = Exclude<FieldKind, 'word' | 'text' | 'time'>

/** A power of ten, and what is left of the factor: `6 × 10^4` milliseconds are a minute. */
type Factor = readonly [exponent: number, times?: number]

interface Unit {
  readonly pattern: RegExp
  readonly factors: Readonly<Record<string, Factor>>
  readonly example: string
}

const units: Readonly<Record<AmountKind, Unit>> = {
  money: { pattern: /^\$?(\d+(?:\.\d+)?)()$/, factors: { '': [9] }, example: 'an amount in dollars: 0.02' },
  count: {
    pattern: /^(\d+(?:\.\d+)?)([kM]?)$/,
    factors: { '': [0], k: [3], M: [6] },
    example: 'a number of tokens: 500, 20k',
  },
  duration: {
    pattern: /^(\d+(?:\.\d+)?)(ms|s|min|h|)$/,
    factors: { '': [0], ms: [0], s: [3], min: [4, 6], h: [5, 36] },
    example: 'a length of time: 250ms, 1.5s, 2min',
  },
  number: { pattern: /^(-?\d+(?:\.\d+)?)()$/, factors: { '': [0] }, example: 'a number: 0.5' },
}

/**
 * The amount in stored units: billionths of a dollar, tokens, milliseconds. `undefined` if it is not an amount. It is not rounded: a
 * bound below one unit is still above zero.
 */
export function readAmount(kind: AmountKind, text: string): number | undefined {
  const { pattern, factors } = units[kind]
  const [, digits, unit = ''] = pattern.exec(text) ?? []
  if (digits === undefined) return undefined
  const [exponent, times = 1] = factors[unit] ?? [0]
  // 0.07 × 1e9 is not exactly 70,000,000, and 1.001 × 1000 is not 1001, in floating point.
  return Number(`${digits}e${exponent}`) * times
}

export const amountExample = (kind: AmountKind): string => units[kind].example
