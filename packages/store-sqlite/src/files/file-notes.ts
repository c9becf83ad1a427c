import { realNow } from '@runtape/core/internal'

const most = 20

/** What happened to a file while it was open. Each note is emitted once as a warning, and kept for `diagnostics()`. */
export class FileNotes {
  readonly #notes: string[] = []

  add(note: string): void {
    this.#notes.push(`${new Date(realNow()).toISOString()} ${note}`)
    if (this.#notes.length > most) this.#notes.shift()
    process.emitWarning(note, 'RuntapeWarning')
  }

  all(): readonly string[] {
    return [...this.#notes]
  }
}
