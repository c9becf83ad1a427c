import type { Database } from '../database/database.ts'

/** The id of the empty text, which stands for what is unknown, too. */
export const noText = 1

/** More are looked up again: a customer each could fill the memory. */
const mostKept = 100_000

/** Texts that many runs share, by number. */
export class Texts {
  readonly #database: Database
  readonly #ids = new Map<string, number>()
  #epoch = 0

  constructor(database: Database) {
    this.#database = database
  }

  /** The id of a text, which is made if need be: inside a transaction. */
  idOf(text: string): number {
    const known = this.find(text)
    if (known !== undefined) return known
    this.#database.run('INSERT INTO texts (text) VALUES (?)', text)
    return this.#keep(text, this.#select(text) ?? noText)
  }

  /** The id of a text, if some run has it. */
  find(text: string): number | undefined {
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const id = this.#select(text)
    return id === undefined ? undefined : this.#keep(text, id)
  }

  textOf(id: number): string {
    return this.#database.get<{ text: string }>('SELECT text FROM texts WHERE id = ?', id)?.text ?? ''
  }

  /** Texts that were removed have other ids when they come again: what was read in an earlier epoch is void. */
  asOfEpoch(epoch: number): void {
    if (epoch === this.#epoch) return
    this.#epoch = epoch
    this.#ids.clear()
  }

  /** Ids that a transaction made are gone with it when it is taken back. */
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
