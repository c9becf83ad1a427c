import type { PriceList, SpanRecord, TokenUsage } from '@runtape/core'
import { addUsage } from '@runtape/core/internal'
import type { Trace } from '@runtape/core/store'

/** How much more an item uses than its recording; negative if it uses less, null if unknown. */
export interface ItemDelta {
  /** Null if calls were answered from the tape, which takes no time, or timers did not wait. */
  readonly durationMs: number | null
  /** All tokens. An answered call counts with its recorded tokens. */
  readonly tokens: number | null
  /** Billionths of a US dollar, by `prices`. An answered call counts with its recorded cost. */
  readonly costNanoUsd: number | null
}

/** Cost of the calls of a recording and of its replay, in billionths of a US dollar; null if a price is missing. */
export interface ItemCost {
  readonly recordedNanoUsd: number | null
  /** Includes the recorded cost of answered calls. */
  readonly replayNanoUsd: number | null
}

/** The spans of a replay: its own spans for code that ran, the recorded ones under answered calls. */
function effectiveSpans(recording: Trace, replayed: readonly SpanRecord[]): readonly SpanRecord[] {
  const answered = new Set<string>()
  for (const { replay } of replayed)
    if (replay?.mocked && replay.sourceSpanId !== undefined) answered.add(replay.sourceSpanId)
  if (answered.size === 0) return replayed
  // Parents come before their children.
  const under = recording.spans.filter(({ spanId, parentSpanId }) => {
    if (parentSpanId !== undefined && answered.has(parentSpanId)) answered.add(spanId)
    return answered.has(spanId)
  })
  return [...replayed.filter(({ replay }) => !replay?.mocked), ...under]
}

/** Only leaf spans have usage, so the sum counts nothing twice. */
export function usageOf(spans: readonly SpanRecord[]): TokenUsage | null {
  return spans.reduce<TokenUsage | null>(
    (sum, { usage }) => (usage ? (sum ? addUsage(sum, usage) : usage) : sum),
    null,
  )
}

export function compareCosts(
  recording: Trace,
  replayed: readonly SpanRecord[],
  isInRealTime: boolean,
  prices: PriceList | undefined,
): { delta: ItemDelta; cost: ItemCost | undefined } {
  const spans = effectiveSpans(recording, replayed)
  const [before, after] = [usageOf(recording.spans), usageOf(spans)]
  const cost = prices && {
    recordedNanoUsd: costOf(recording.spans, prices),
    replayNanoUsd: costOf(spans, prices),
  }
  const root = replayed.find(({ parentSpanId }) => parentSpanId === undefined)
  const isTimed = isInRealTime && root !== undefined && !replayed.some(({ replay }) => replay?.mocked)
  const delta = {
    durationMs: isTimed ? root.durationMs - recording.root.durationMs : null,
    tokens: tokensMore(before, after),
    costNanoUsd: cost ? more(cost.recordedNanoUsd, cost.replayNanoUsd) : null,
  }
  return { delta, cost }
}

const more = (before: number | null, after: number | null) =>
  before === null || after === null ? null : after - before

// A trace without usage whose replay has some is known to have had none.
function tokensMore(before: TokenUsage | null, after: TokenUsage | null): number | null {
  return before === null && after === null ? null : (after?.total ?? 0) - (before?.total ?? 0)
}

function costOf(spans: readonly SpanRecord[], prices: PriceList): number | null {
  const byModel = new Map<string, { usage: TokenUsage; at: number }>()
  for (const { usage, model, startedAt } of spans) {
    if (!usage) continue
    if (model === undefined) return null
    const known = byModel.get(model)
    byModel.set(model, { usage: known ? addUsage(known.usage, usage) : usage, at: known?.at ?? startedAt })
  }
  let sum = 0
  for (const [model, { usage, at }] of byModel) {
    const price = prices.nanoUsd(model, '', usage, at)
    if (price === undefined) return null
    sum += Math.round(price)
  }
  return sum
}
