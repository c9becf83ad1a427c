import type { AppendReceipt, Store } from '@runtape/core/store'
import { memoryStore } from '@runtape/testing'

/** A store behind HTTP that can only append: the minimum for a recorder with an outbox. */
export function remoteStore(address: string): Store {
  const { appendSync: _, ...queries } = memoryStore()
  return {
    ...queries,
    append: async records => {
      const response = await fetch(address, { method: 'POST', body: JSON.stringify(records) })
      const answer = (await response.json()) as AppendReceipt | { retryAfterMs: number }
      if ('retryAfterMs' in answer) throw Object.assign(new Error('the remote store is busy.'), answer)
      return answer
    },
  }
}

/** Short times, so that records of a killed process are taken over within the test. */
export const remoteRecorderLimits = {
  leaseMs: 1000,
  appendTimeoutMs: 700,
  retryBaseMs: 5,
  retryMaxMs: 200,
} as const
