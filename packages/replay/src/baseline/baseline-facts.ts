import type { TestRun } from '@runtape/core/store'
import type { ReplayItem } from '../report.ts'
import type { BaselineFacts, BaselineSummary } from './item-baseline.ts'
import { idOf } from './source-id.ts'

/** The baselines of all parts of a test run; `undefined` if it has none. */
export function storedBaseline({ facts = {} }: TestRun, own?: BaselineFacts): BaselineFacts | undefined {
  const parts = Object.values(facts).flatMap(({ baseline }) => (baseline ? [baseline as BaselineFacts] : []))
  const all = own ? [...parts, own] : parts
  if (all.length === 0) return undefined
  const sum = (name: keyof BaselineSummary) => all.reduce((total, { summary }) => total + summary[name], 0)
  return {
    summary: {
      change: sum('change'),
      before: sum('before'),
      unknown: sum('unknown'),
      onlyBefore: sum('onlyBefore'),
      missing: sum('missing'),
    },
    items: Object.assign({}, ...all.map(({ items }) => items)) as BaselineFacts['items'],
  }
}

/** Adds the baseline to the item of a stored report. */
export function withStoredBaseline(item: ReplayItem, facts: BaselineFacts | undefined): ReplayItem {
  if (!facts) return item
  const { sourceTraceId: traceId, sourceSpanId: spanId } = item
  const kept = facts.items[idOf({ traceId, ...(spanId !== undefined && { spanId }) })]
  return kept ? { ...item, baseline: { error: null, ...kept } } : item
}
