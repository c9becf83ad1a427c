import type { CallValue, OutcomeValue } from '@runtape/core'
import type { Run } from '@runtape/core/store'

/** Whether the run used an unknown number of tokens. */
export function hasUnknownUsage({ metrics, events }: Run): boolean {
  const calls = events.filter(({ metric }) => metric.startsWith('call:'))
  if (calls.some(({ value }) => isUnknown(value as CallValue))) return true
  const isCancelled = (metrics.outcome as OutcomeValue | undefined)?.status === 'cancelled'
  return isCancelled && calls.length === 0 && metrics.tokens === undefined
}

const isUnknown = ({ status, usage }: CallValue): boolean => status !== 'error' && usage === undefined
