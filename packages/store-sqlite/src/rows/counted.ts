import type { NumberColumn } from './rows-schema.ts'
import { feedbackCodes, outcomeCodes } from './run-row.ts'

/** Counts of a bill: each is the number of runs with this code in this column. */
export const counted = {
  succeeded: ['outcome', outcomeCodes.success],
  failed: ['outcome', outcomeCodes.error],
  cancelled: ['outcome', outcomeCodes.cancelled],
  unfinished: ['outcome', outcomeCodes.unfinished],
  unknownUsageRuns: ['unknown_usage', 1],
  positive: ['feedback', feedbackCodes.positive],
  negative: ['feedback', feedbackCodes.negative],
  unpricedRuns: ['unpriced', 1],
} as const satisfies Record<string, readonly [NumberColumn, number]>

export type Count = keyof typeof counted
export const countNames = Object.keys(counted) as Count[]
