import { beforeLastFlush, realTimers } from '@runtape/core/internal'

/** How long a stream is read on for its usage after the application has left it, in milliseconds. */
const longestMs = 50

/** Calls `stop` when the time is over, or with the process. */
class ReadingOn {
  isOver = false
  readonly #stop: () => void
  readonly #timer = realTimers.setTimeout(() => this.end(), longestMs)

  constructor(stop: () => void) {
    this.#stop = stop
    this.#timer.unref()
    open.add(this)
  }

  end(): void {
    this.isOver = true
    this.clear()
    this.#stop()
  }

  clear(): void {
    realTimers.clearTimeout(this.#timer)
    open.delete(this)
  }
}

const open = new Set<ReadingOn>()

export const readOnFor = (stop: () => void): ReadingOn => new ReadingOn(stop)

beforeLastFlush(() => {
  for (const reading of open) reading.end()
})
