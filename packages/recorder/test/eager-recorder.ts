import type { Store } from '@runtape/core/store'
import { createRecorder } from '../src/create-recorder.ts'

/** A recorder that retries at once, and its warnings. */
export function eagerRecorder(store: Store, options: Partial<Parameters<typeof createRecorder>[0]> = {}) {
  const warnings: string[] = []
  const logger = { warn: (message: string) => warnings.push(message) }
  return { warnings, recorder: createRecorder({ store, logger, retryBaseMs: 1, retryMaxMs: 2, ...options }) }
}
