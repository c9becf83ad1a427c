import { createHash } from 'node:crypto'
import type { RunContext } from '@runtape/core'

/** Variation names with weights, whose sum is arbitrary. */
export type Weights = Readonly<Record<string, number>>

const hexDigits = 13
const buckets = 16 ** hexDigits

/**
 * The variation of a context: always the same for the same weights. When weights change, only contexts between the old and the
 * new boundaries move.
 */
export function pickVariation(weights: Weights, configKey: string, { kind, key }: RunContext): string {
  const weighted = Object.entries(weights).filter(([, weight]) => weight > 0)
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0)
  const target = position(configKey, kind, key) * total
  let reached = 0
  for (const [name, weight] of weighted) {
    reached += weight
    if (target < reached) return name
  }
  // Reached only because of rounding.
  return weighted.at(-1)?.[0] ?? ''
}

// Independent per config, so that experiments do not always start with the same users.
function position(configKey: string, kind: string, key: string): number {
  const digest = createHash('sha256')
    .update(JSON.stringify([configKey, kind, key]))
    .digest('hex')
  return Number.parseInt(digest.slice(0, hexDigits), 16) / buckets
}
