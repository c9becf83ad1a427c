import type { Socket } from 'node:net'

/**
 * Decides whether the pipe to the command keeps this process alive: while it waits for an item or for a response. While items
 * run, it does not: a process that has nothing left to do detects an item that waits for something that cannot happen.
 */
export class PipeHold {
  readonly #pipe: Pick<Socket, 'ref' | 'unref'>
  #items = 0
  #requests = 0

  constructor(pipe: Pick<Socket, 'ref' | 'unref'>) {
    this.#pipe = pipe
  }

  /** Number of items that are running: several only in a process that is shared. */
  get items(): number {
    return this.#items
  }

  set items(count: number) {
    this.#items = count
    this.#update()
  }

  /** Number of requests to the command without a response. */
  get requests(): number {
    return this.#requests
  }

  set requests(count: number) {
    this.#requests = count
    this.#update()
  }

  #update(): void {
    if (this.#items === 0 || this.#requests > 0) this.#pipe.ref()
    else this.#pipe.unref()
  }
}
