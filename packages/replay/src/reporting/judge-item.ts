import { encodeValue, fingerprint } from '@runtape/trace'
import type { ReplayItem } from '../report.ts'

/** How an item stands to its recording: it failed where the recording did not, or ended otherwise, or alike. */
export type ItemStatus = 'failed' | 'changed' | 'same'

export interface JudgedItem {
  readonly item: ReplayItem
  readonly status: ItemStatus
  /** Why the item speaks against the code; empty when it does not. */
  readonly problems: readonly string[]
}

/** An item fails a replay when it failed, or when an evaluator says that it does not pass. */
export function judgeItem(item: ReplayItem): JudgedItem {
  const status = statusOf(item)
  const failing = Object.entries(item.scores).filter(([, { pass }]) => pass === false)
  const problems = [
    ...(status === 'failed' ? [item.error ?? 'failed'] : []),
    ...failing.map(([name, { score, reasoning }]) => `${name}: ${score}${reasoning ? `, ${reasoning}` : ''}`),
  ]
  return { item, status, problems }
}

function statusOf(item: ReplayItem): ItemStatus {
  const { error, originalError } = item
  if (error !== null) return error === originalError ? 'same' : 'failed'
  return originalError === null && isSame(item.result, item.originalOutput) ? 'same' : 'changed'
}

const isSame = (a: unknown, b: unknown): boolean =>
  fingerprint(encodeValue(a)) === fingerprint(encodeValue(b))
