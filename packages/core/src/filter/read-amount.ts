import type { FieldKind } from './fields.ts'

type AmountKind = Exclude<FieldKind, 'word' | 'text' | 'time'>

interface Unit {
  readonly pattern: RegExp
  readonly factors: Readonly<Record<string, number>>
  readonly example: string
}

const units: Readonly<Record<AmountKind, Unit>> = {
  money: { pattern: /^\$?(\d+(?:\.\d+)?)()$/, factors: { '': 1e9 }, example: 'an amount in dollars: 0.02' },
  count: {
    pattern: /^(\d+(?:\.\d+)?)([kM]?)$/,
    factors: { '': 1, k: 1e3, M: 1e6 },
    example: 'a number of tokens: 500, 20k',
  },
  duration: {
    pattern: /^(\d+(?:\.\d+)?)(ms|s|min|h|)$/,
    factors: { '': 1, ms: 1, s: 1000, min: 60_000, h: 3_600_000 },
    example: 'a length of time: 250ms, 1.5s, 2min',
  },
  number: { pattern: /^(-?\d+(?:\.\d+)?)()$/, factors: { '': 1 }, example: 'a number: 0.5' },
}

/** The amount in stored units: billionths of a dollar, tokens, milliseconds. `undefined` if it is not an amount. */
export function readAmount(kind: AmountKind, text: string): number | undefined {
  const { pattern, factors } = units[kind]
  const [, digits, unit = ''] = pattern.exec(text) ?? []
  if (digits === undefined) return undefined
  const amount = Number(digits) * (factors[unit] ?? 1)
  // 0.07 × 1e9 is not exactly 70,000,000 in floating point.
  return kind === 'money' || kind === 'count' ? Math.round(amount) : amount
}

export const amountExample = (kind: AmountKind): string => units[kind].example
