import type { OutsideCall } from '@runtape/replay'

/** Calls outside of items, by the process that made them. Each process reports all of its calls again. */
export class OutsideOfWorkers {
  readonly #byProcess = new Map<string, readonly OutsideCall[]>()

  set(process: string, calls: readonly OutsideCall[]): void {
    this.#byProcess.set(process, calls)
  }

  calls(): readonly OutsideCall[] {
    return [...this.#byProcess.values()].flat()
  }
}
