import type { OutsideCall } from './outside-calls.ts'

/** Counts calls outside a replay by key and name. */
export class OutsideLog {
  readonly #calls = new Map<string, OutsideCall>()

  add(
    { key, name, isElsewhere }: Pick<OutsideCall, 'key' | 'name' | 'isElsewhere'>,
    refused: boolean,
    times = 1,
  ): void {
    const id = JSON.stringify([key, name, refused, isElsewhere])
    const count = (this.#calls.get(id)?.count ?? 0) + times
    this.#calls.set(id, { key, name, count, refused, ...(isElsewhere && { isElsewhere }) })
  }

  calls(): OutsideCall[] {
    return [...this.#calls.values()]
  }
}
