import { messageOf } from '@runtape/core/internal'
import { type OutcomeWithReason, outcomeOf } from '../../compare/item-outcome.ts'
import { noMocks } from '../../match/mock-report.ts'
import type { ReplayItem } from '../../report.ts'
import type { ReplaySource } from '../../select/source.ts'

/** An item of which nothing is known yet. */
export function emptyItem({ traceId, spanId }: ReplaySource): ReplayItem {
  return {
    sourceTraceId: traceId,
    ...(spanId !== undefined && { sourceSpanId: spanId }),
    input: [],
    result: undefined,
    originalOutput: undefined,
    error: null,
    originalError: null,
    outcome: 'unknown',
    same: false,
    durationMs: null,
    tokens: null,
    model: null,
    traceId: null,
    replay: { durationMs: null, tokens: null },
    scores: {},
    mocks: noMocks,
  }
}

/** An item whose code did not run, or was no longer awaited. */
export function failedItem(item: ReplayItem, thrown: unknown): ReplayItem {
  const failed = { ...item, error: messageOf(thrown), thrown }
  return withOutcome(failed, outcomeOf(failed))
}

export const withOutcome = (item: ReplayItem, ended: OutcomeWithReason): ReplayItem => ({
  ...item,
  ...ended,
  same: ended.outcome === 'same',
})
