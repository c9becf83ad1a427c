import type { TokenUsage } from '@runtape/core'
import { usageProblem } from '@runtape/core/internal'

/** Counts as a host sent them; those that it did not send are `undefined`. */
export type ToldUsage = { readonly [Count in keyof TokenUsage]?: TokenUsage[Count] | undefined }

/** The count of a part of `whole`, or `undefined` where it cannot be one: the whole is certain without it. */
export const partOf = (count: unknown, whole: number | undefined): number | undefined =>
  Number.isSafeInteger(count) && (count as number) >= 0 && (count as number) <= (whole ?? 0)
    ? (count as number)
    : undefined

/**
 * A usage that can be billed from, or `undefined` where it is none: without `input`, with counts that are no whole
 * numbers. Default of `output`: 0; of `total`: `input + output`.
 */
export function checkedUsage({ input, output = 0, total, ...subsets }: ToldUsage): TokenUsage | undefined {
  if (input === undefined) return undefined
  const known = Object.entries(subsets).filter(([, count]) => count !== undefined)
  const usage: TokenUsage = { input, output, total: total ?? input + output, ...Object.fromEntries(known) }
  return usageProblem(usage) === undefined ? usage : undefined
}
