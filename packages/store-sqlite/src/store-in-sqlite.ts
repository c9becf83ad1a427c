import type { AppendReceipt, Store, StoreDiagnostics, TapeRecord } from '@runtape/core'
import type { SetAside } from './set-aside/set-aside.ts'

/** A store in one SQLite file. */
export interface SqliteStore extends Store {
  appendSync(records: readonly TapeRecord[]): AppendReceipt
  /** Records that could not be written in their place. */
  readonly setAside: SetAside
  /**
   * Rewrites the file: it becomes as small as it can be, and nothing of what was removed is left in it. Nothing else
   * can be written meanwhile, some seconds for each GB. Returns what still stands in the way, if anything does.
   */
  vacuum(): Promise<string | undefined>
  /**
   * Writes a copy into a new file, while others read and write. What is erased later is still in it.
   *
   * @throws {RuntapeError} `store-unusable` when the file exists: it is never overwritten
   */
  backup(path: string): Promise<void>
  diagnostics(): StoreDiagnostics
}
