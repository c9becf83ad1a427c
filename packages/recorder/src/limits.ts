import { RuntapeError } from '@runtape/core'

/** Capacity and timeouts of a recorder. Each is optional. */
export interface RecorderLimits {
  /** Spans queued in memory. Default: 20,000. */
  readonly maxSpans: number
  /** Approximate bytes of spans queued in memory. Default: 64 MiB. */
  readonly maxSpanBytes: number
  /**
   * Run events queued in memory: those that neither the store nor an outbox could accept. Further ones are refused: `append`
   * returns `false`. Accepted ones are never dropped. Default: 100,000.
   */
  readonly maxRunEvents: number
  /** Records per write. Default: 200. */
  readonly batchSize: number
  /** How long a span waits for a batch, in milliseconds. Default: 100. */
  readonly flushIntervalMs: number
  /** How often `flush` retries a failing store before it gives up. Default: 5. */
  readonly flushAttempts: number
  /** The first delay after a failure, in milliseconds; it doubles with each further failure. Default: 50. */
  readonly retryBaseMs: number
  /** The longest delay, in milliseconds. Default: 30,000. */
  readonly retryMaxMs: number
  /** Time limit of the store for a batch, in milliseconds. Default: 30,000. */
  readonly appendTimeoutMs: number
  /**
   * How long `close` waits for the store, in milliseconds. Remaining records are written at exit if possible. Default: 10,000.
   */
  readonly closeTimeoutMs: number
  /** How long an event of the outbox is leased to this process, in milliseconds. Default: 60,000. */
  readonly leaseMs: number
}

const defaults: RecorderLimits = {
  maxSpans: 20_000,
  maxSpanBytes: 64 * 1024 * 1024,
  maxRunEvents: 100_000,
  batchSize: 200,
  flushIntervalMs: 100,
  flushAttempts: 5,
  retryBaseMs: 50,
  retryMaxMs: 30_000,
  appendTimeoutMs: 30_000,
  closeTimeoutMs: 10_000,
  leaseMs: 60_000,
}

const names = Object.keys(defaults) as (keyof RecorderLimits)[]

/** Values that count as absent. */
export type GivenLimits = { readonly [K in keyof RecorderLimits]?: RecorderLimits[K] | undefined }

/** @throws {RuntapeError} `invalid-option` for a limit that is not a number above 0. */
export function limitsOf(given: GivenLimits): RecorderLimits {
  return Object.fromEntries(
    names.map(name => [name, checked(name, given[name])]),
  ) as unknown as RecorderLimits
}

// setTimeout treats larger values as 1 ms.
const longestMs = 2 ** 31 - 1

function checked(name: keyof RecorderLimits, given: unknown): number {
  if (given === undefined) return defaults[name]
  const isTime = name.endsWith('Ms')
  const isGood = isTime
    ? isNumber(given) && given <= longestMs
    : Number.isSafeInteger(given) || given === Infinity
  if (isGood && (given as number) > 0) return given as number
  const expected = isTime ? 'milliseconds above 0, at most 2^31 - 1' : 'a whole number, 1 or more'
  throw new RuntapeError(
    'invalid-option',
    `${name} must be ${expected} (got ${shown(given)}). Default: ${defaults[name]}.`,
  )
}

const isNumber = (value: unknown): value is number => typeof value === 'number'

const shown = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value) : typeof value === 'object' ? 'an object' : String(value)
