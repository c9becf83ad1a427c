import type { RecordIdentity } from '@runtape/core'
import { closed } from '../database/errors.ts'
import type { SqliteStore } from '../store-in-sqlite.ts'
import type { FollowedFile } from './followed-file.ts'

/** The file of a store: open, or opened by its first use. */
export interface StoreFile extends Pick<FollowedFile<SqliteStore>, 'use' | 'using' | 'known'> {
  readonly opened: SqliteStore | undefined
  readonly notes: { all(): readonly string[] }
  close(): SqliteStore | undefined
}

/** Opens the file with the first use. If that fails, the next use tries again. */
export class LazyFile implements StoreFile {
  readonly #name: string
  readonly #open: () => FollowedFile<SqliteStore>
  #file: FollowedFile<SqliteStore> | undefined
  #isClosed = false

  constructor(name: string, open: () => FollowedFile<SqliteStore>) {
    this.#name = name
    this.#open = open
  }

  use(): SqliteStore {
    return this.#opening().use()
  }

  async using<T>(work: (opened: SqliteStore) => Promise<T>): Promise<T> {
    return this.#opening().using(work)
  }

  known(identities: readonly RecordIdentity[]): void {
    this.#opening().known(identities)
  }

  get opened(): SqliteStore | undefined {
    return this.#file?.opened
  }

  readonly notes = { all: (): readonly string[] => this.#file?.notes.all() ?? [] }

  close(): SqliteStore | undefined {
    this.#isClosed = true
    return this.#file?.close()
  }

  #opening(): FollowedFile<SqliteStore> {
    if (this.#file) return this.#file
    if (this.#isClosed) throw closed(this.#name)
    this.#file = this.#open()
    return this.#file
  }
}
