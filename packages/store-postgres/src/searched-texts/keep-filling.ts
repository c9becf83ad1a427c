/** Pause after a step in milliseconds, so that filling uses only a part of a core. */
const nextMs = 5

/** Pause after an append, so that the next ones are taken together. */
const soonMs = 100

/** Pause if all texts are there: other processes may add records. */
const idleMs = 5000

/** Makes steps in the background, until it is stopped. Its timer does not keep the process alive. */
export class KeepFilling {
  readonly #step: () => Promise<'done' | 'none' | 'busy'>
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> | undefined
  #isWanted = false
  #isStopped = false

  constructor(step: () => Promise<'done' | 'none' | 'busy'>) {
    this.#step = step
  }

  /** Makes a step soon. */
  soon(): void {
    // Not later, however often it is called.
    if (this.#isWanted) return
    this.#isWanted = true
    if (this.#working === undefined) this.#after(soonMs)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#working
  }

  #after(ms: number): void {
    if (this.#isStopped) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#working = this.#work()
    }, ms).unref()
  }

  async #work(): Promise<void> {
    this.#isWanted = false
    // Another process makes a step, the server is down or its disk is full: writes and the next search report it.
    const made = await this.#step().catch(() => 'none' as const)
    this.#working = undefined
    this.#after(made === 'done' ? nextMs : this.#isWanted || made === 'busy' ? soonMs : idleMs)
  }
}
