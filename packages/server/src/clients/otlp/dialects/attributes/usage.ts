import type { TokenUsage } from '@runtape/core'
import { usageProblem } from '@runtape/core/internal'

/** Counts of tokens as a span has them. `total` defaults to the sum. */
export type Counts = Partial<Record<keyof TokenUsage, number | undefined>>

/**
 * The usage of counts that say how many tokens went in and out; absent if one of them is unknown or cannot be. A part that is more
 * than its whole shows that the counts do not mean what they should.
 */
export function usageOf({ input, output, total, ...subsets }: Counts): TokenUsage | undefined {
  // A total and one part say the other.
  const given = input ?? (total !== undefined && output !== undefined ? total - output : undefined)
  const made = output ?? (total !== undefined && given !== undefined ? total - given : undefined)
  if (given === undefined || made === undefined) return undefined
  const known = Object.entries(subsets).filter(([, count]) => count !== undefined)
  const usage = { ...Object.fromEntries(known), input: given, output: made, total: total ?? given + made }
  return usageProblem(usage) === undefined && arePartsWithin(usage) ? usage : undefined
}

function arePartsWithin({ input, output, ...parts }: TokenUsage): boolean {
  const { cachedInput = 0, cacheWrite = 0, inputAudio = 0, inputImage = 0 } = parts
  const { reasoning = 0, outputAudio = 0, outputImage = 0 } = parts
  const ofInput = Math.max(cachedInput + cacheWrite, inputAudio + inputImage)
  return ofInput <= input && reasoning + outputAudio + outputImage <= output
}

/** Counts whose input leaves out what a cache took part in, as Anthropic counts. */
export function withCacheBeside(counts: Counts): Counts {
  const { input, cachedInput = 0, cacheWrite = 0 } = counts
  if (input === undefined) return counts
  return { ...counts, input: input + cachedInput + cacheWrite, total: undefined }
}
