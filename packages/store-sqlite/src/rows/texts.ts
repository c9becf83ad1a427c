import type { Database } from '../database/database.ts'

/** Id of the empty text, which also means unknown. */
export const noText = 1

/** Maximum number of texts in memory; others are read again. With a text per customer they could fill the memory. */
const mostKept = 100_000

/** Assigns ids to texts that many runs share. */
export class Texts {
  readonly #database: Database
  readonly #ids = new Map<string, number>()
  #epoch = 0

  constructor(database: Database) {
    this.#database = database
  }

  /** The id of a text. Creates it if needed. Call inside a transaction. */
  idOf(text: string): number {
    const known = this.find(text)
    if (known !== undefined) return known
    this.#database.run('INSERT INTO texts (text) VALUES (?)', text)
    return this.#keep(text, this.#select(text) ?? noText)
  }

  /** The id of a text, if it exists. */
  find(text: string): number | undefined {
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const id = this.#select(text)
    return id === undefined ? undefined : this.#keep(text, id)
  }

  textOf(id: number): string {
    return this.#database.get<{ text: string }>('SELECT text FROM texts WHERE id = ?', id)?.text ?? ''
  }

  /** Forgets all ids if the epoch changed: a removed text has another id when it comes back. */
  asOfEpoch(epoch: number): void {
    if (epoch === this.#epoch) return
    this.#epoch = epoch
    this.#ids.clear()
  }

  /** Forgets all ids. Call after a rollback, which removes the ids that the transaction created. */
  forget(): void {
    this.#ids.clear()
  }

  #select(text: string): number | undefined {
    return this.#database.get<{ id: number }>('SELECT id FROM texts WHERE text = ?', text)?.id
  }

  #keep(text: string, id: number): number {
    if (this.#ids.size >= mostKept) this.#ids.clear()
    this.#ids.set(text, id)
    return id
  }
}
