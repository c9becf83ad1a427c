import { beforeLastFlush, realTimers } from '@runtape/core/internal'

/** How long the rest of a stream is read for its usage after the application has stopped, in milliseconds. */
const longestMs = 50

/** Calls `stop` after the time limit, or when the process exits. */
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
