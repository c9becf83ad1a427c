import { RuntapeError } from '../errors.ts'

/**
 * A sum of whole numbers as a number.
 *
 * @param what is summed, for the message: `cost`, `input`
 * @throws {RuntapeError} `sum-too-large` if the sum would be rounded: a bill must be exact.
 */
export function exactSum(what: string, sum: bigint): number {
  if (sum <= Number.MAX_SAFE_INTEGER && sum >= Number.MIN_SAFE_INTEGER) return Number(sum)
  throw sumTooLarge(what, `is ${sum}`)
}

/** The error for a sum that is not exact. */
export function sumTooLarge(what: string, state: string, cause?: unknown): RuntapeError {
  return new RuntapeError(
    'sum-too-large',
    `The sum of ${what} in one row of usage ${state}, beyond what a number holds exactly (${Number.MAX_SAFE_INTEGER}). Narrow the period with since and until, or group by day or config.`,
    { cause },
  )
}
