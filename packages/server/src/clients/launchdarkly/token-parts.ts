import type { TokenUsage } from '@runtape/core'
import type { AiEvent } from './ai-event.ts'

export type TokenPart = 'total' | 'input' | 'output'

/** The part of a run's tokens that an event counts. */
export const tokenPartOf = ({ name }: AiEvent): TokenPart | undefined =>
  /^\$ld:ai:tokens:(total|input|output)$/.exec(name)?.[1] as TokenPart | undefined

/** The events of one `trackTokens`. */
export type TokenEvents = Partial<Record<TokenPart, AiEvent>>

/** Groups the events of one run into calls of `trackTokens`, each of which sends a part once. */
export function tokenEventsOf(events: readonly AiEvent[]): TokenEvents[] {
  const groups: TokenEvents[] = []
  for (const event of events) {
    const part = tokenPartOf(event)
    if (part === undefined) continue
    const last = groups.at(-1)
    if (last && last[part] === undefined) last[part] = event
    else groups.push({ [part]: event })
  }
  return groups
}

/**
 * The usage of one `trackTokens`. The SDKs send no part that is 0, so one missing part is the difference of the others. A total
 * alone cannot be split: it is no usage.
 */
export function usageOf(events: TokenEvents): TokenUsage | undefined {
  const [total, input, output] = [events.total, events.input, events.output].map(
    event => event?.value,
  ) as unknown[]
  if (isCount(input) && isCount(output))
    return { input, output, total: isCount(total) ? total : input + output }
  if (!isCount(total)) return undefined
  if (isCount(input) && input <= total) return { input, output: total - input, total }
  if (isCount(output) && output <= total) return { input: total - output, output, total }
  return undefined
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
