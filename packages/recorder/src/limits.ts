import { RuntapeError } from '@runtape/core'

/** What a recorder holds, and how long it waits. Each may be left out or `undefined`. */
export interface RecorderLimits {
  /** Spans that may wait in memory. Default: 20,000. */
  readonly maxSpans: number
  /** Bytes that spans may hold while they wait in memory, about. Default: 64 MiB. */
  readonly maxSpanBytes: number
  /**
   * Run events that may wait in memory: those that neither the store nor an outbox could take. More are refused: `append`
   * returns `false`. None that was taken is ever dropped. Default: 100,000.
   */
  readonly maxRunEvents: number
  /** Records that are written together. Default: 200. */
  readonly batchSize: number
  /** How long a span waits for others, in milliseconds. Default: 100. */
  readonly flushIntervalMs: number
  /** How often `flush` tries a failing store before it gives up waiting. Default: 5. */
  readonly flushAttempts: number
  /** The first wait after a failure, in milliseconds; it doubles with each further one. Default: 50. */
  readonly retryBaseMs: number
  /** The longest wait, in milliseconds. Default: 30,000. */
  readonly retryMaxMs: number
  /** How long the store may take for a batch, in milliseconds. Default: 30,000. */
  readonly appendTimeoutMs: number
  /** How long `close` waits for the store, in milliseconds. What it leaves is written at exit, if it can be. Default: 10,000. */
  readonly closeTimeoutMs: number
  /** How long an event of the outbox is this process's to send, in milliseconds. Default: 60,000. */
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

/** What a limit may be left out as. */
export type GivenLimits = { readonly [K in keyof RecorderLimits]?: RecorderLimits[K] | undefined }

/** @throws {RuntapeError} `invalid-option` for a limit that is no number above 0. */
export function limitsOf(given: GivenLimits): RecorderLimits {
  return Object.fromEntries(
    names.map(name => [name, checked(name, given[name])]),
  ) as unknown as RecorderLimits
}

// More is what setTimeout takes for 1 ms.
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
