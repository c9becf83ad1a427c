import { realDelay } from '@runtape/core/internal'
import type { SqliteStore } from '../src/store-in-sqlite.ts'

/** Resolves once the worker of the store does its long work. */
export async function inWorker(store: SqliteStore): Promise<SqliteStore> {
  while (store.diagnostics().background !== 'worker') await realDelay(2)
  return store
}
