/** What is not known. */
export const unknown = '–'

const space = '\u202f'

/** `12 501`, with narrow spaces that do not break. */
export const whole = (count: number | undefined): string =>
  count === undefined ? unknown : String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, space)

const steps: readonly (readonly [above: number, unit: string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
]

/** A figure: above 10,000 three digits and a unit, `419.4 k`, `3.17 M`. */
export function figure(count: number | undefined): string {
  if (count === undefined) return unknown
  if (count <= 10_000) return whole(count)
  const [above, unit] = steps.find(([above]) => count >= above) ?? [1, '']
  const scaled = count / above
  return `${scaled.toFixed(scaled >= 100 ? 1 : 2)} ${unit}`
}

/** An exact amount in two parts: what is read first, and the rest, of the same length in a column. */
export interface Money {
  readonly head: string
  readonly rest: string
}

const perDollar = 1_000_000_000

/** @param heads decimals that are read first: 4, or 6 for single calls */
export function money(nanoUsd: number | undefined, heads = 4): Money {
  if (nanoUsd === undefined) return { head: unknown, rest: '' }
  if (nanoUsd === 0) return { head: '$0', rest: '' }
  const dollars = Math.trunc(Math.abs(nanoUsd) / perDollar)
  const decimals = String(Math.abs(nanoUsd) % perDollar).padStart(9, '0')
  const sign = nanoUsd < 0 ? '−' : ''
  return {
    head: `${sign}$${whole(dollars)}.${decimals.slice(0, heads)}`,
    rest: decimals.slice(heads).replace(/(?<=\d{3})00$/, ''),
  }
}

/** `0.13 ms`, `98 ms`, `1.25 s`, `4 min 3 s`. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return unknown
  if (ms < 10) return `${ms.toFixed(2)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`
  const minutes = Math.floor(ms / 60_000)
  return `${whole(minutes)} min ${Math.floor((ms % 60_000) / 1000)} s`
}

/** `98.3 %` of a whole; unknown of nothing. */
export const share = (part: number, all: number): string =>
  all === 0 ? unknown : `${((part / all) * 100).toFixed(1)}${space}%`

/** `+11.5 %` from before to now; unknown if there was nothing before. */
export function change(now: number | undefined, before: number | undefined): string {
  if (now === undefined || before === undefined || before === 0) return unknown
  return `${signed(((now - before) / before) * 100)}${space}%`
}

/** `−0.7 pt` between two shares of 0 to 1. */
export const points = (now: number, before: number): string => `${signed((now - before) * 100)}${space}pt`

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`
