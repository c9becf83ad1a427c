import { unusable } from '../database/errors.ts'
import { type FileIds, idsAt, realPathOf } from '../files/file-ids.ts'
import { isStrange } from '../files/foreign-log.ts'
import type { WorkerSettings } from './messages.ts'

/** Checks that a file and its log are still those that a store has open, so that nothing is written into others. */
export class SameFile {
  readonly #path: string
  readonly #name: string
  readonly #base: string
  readonly #ids: FileIds

  /** @throws {RuntapeError} `store-unusable` if they are not */
  constructor({ path, name, file }: WorkerSettings) {
    this.#path = path
    this.#name = name
    this.#base = realPathOf(path)
    this.#ids = idsAt(path, this.#base)
    const { main, log, logIndex } = this.#ids
    if (main === undefined || main !== file || !log || !logIndex || isStrange(this.#base))
      throw this.#replaced()
  }

  /** @throws {RuntapeError} `store-unusable` */
  check(): void {
    const now = idsAt(this.#path, this.#base)
    const names = ['main', 'log', 'logIndex'] as const
    if (names.some(name => now[name] !== this.#ids[name])) throw this.#replaced()
  }

  #replaced(): Error {
    return unusable(this.#name, 'its file or its log was replaced or removed')
  }
}
