import { Misuse } from './usage-error.ts'

/** What was given for each flag. */
export type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

/** The arguments of a command. */
export class Args {
  readonly operands: readonly string[]
  readonly #values: Values

  constructor(operands: readonly string[], values: Values) {
    this.operands = operands
    this.#values = values
  }

  has(flag: string): boolean {
    return this.#values[flag] === true
  }

  text(flag: string): string | undefined {
    const value = this.#values[flag]
    return typeof value === 'string' ? value : undefined
  }

  /** Every value of a repeatable flag; each may also be a comma-separated list. */
  texts(flag: string): readonly string[] {
    return this.whole(flag)
      .flatMap(text => text.split(','))
      .filter(Boolean)
  }

  /** Every value of a repeatable flag, with commas kept. */
  whole(flag: string): readonly string[] {
    const value = this.#values[flag]
    const values = Array.isArray(value) ? value : [value]
    return values.filter(one => typeof one === 'string')
  }

  /** All arguments except some flags, as text: equal for equal calls. */
  textWithout(flags: readonly string[]): string {
    const others = Object.entries(this.#values).filter(([flag]) => !flags.includes(flag))
    return JSON.stringify([this.operands, others.sort(([a], [b]) => (a < b ? -1 : 1))])
  }

  oneOf<T extends string>(flag: string, choices: readonly T[]): T | undefined {
    const text = this.text(flag)
    if (text === undefined || isOneOf(text, choices)) return text
    throw new Misuse(`--${flag} must be one of ${choices.join(', ')} (got "${text}").`)
  }

  /** A whole number of at least `least`. */
  count(flag: string, least = 1): number | undefined {
    const text = this.text(flag)
    if (text === undefined) return undefined
    const count = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (Number.isSafeInteger(count) && count >= least) return count
    throw new Misuse(`--${flag} must be a whole number of at least ${least} (got "${text}").`)
  }

  /** A duration in milliseconds. */
  duration(flag: string): number | undefined {
    const text = this.text(flag)
    if (text === undefined) return undefined
    const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
    const ms = Number(number) * (unitMs[unit] ?? 0)
    // setTimeout cannot hold more.
    if (ms > 0 && ms < 2 ** 31) return ms
    throw new Misuse(`--${flag} must be a duration such as 500ms, 30s or 5m, at most 596h (got "${text}").`)
  }
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

const isOneOf = <T extends string>(text: string, choices: readonly T[]): text is T =>
  choices.some(choice => choice === text)
