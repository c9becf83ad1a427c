import type { TapeRecord } from '@runtape/core'
import type { AppendReceipt, Store, StoreDiagnostics } from '@runtape/core/store'
import type { SetAside } from './set-aside/set-aside.ts'

/** A store in one SQLite file. */
export interface SqliteStore extends Store {
  appendSync(records: readonly TapeRecord[]): AppendReceipt
  readonly health: Required<Store['health']>
  /** Records that could not be stored normally. */
  readonly setAside: SetAside
  /**
   * Rewrites the file: it becomes as small as possible and contains nothing that was removed. Blocks all writes for
   * some seconds per GB. Returns what prevented it, if anything.
   */
  vacuum(): Promise<string | undefined>
  /**
   * Writes a copy into a new file, during which other reads and writes continue. The copy still contains what is erased
   * later.
   *
   * @throws {RuntapeError} `store-unusable` if the file exists: it is never overwritten
   */
  backup(path: string): Promise<void>
  diagnostics(): StoreDiagnostics
}
