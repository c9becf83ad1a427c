import { type FSWatcher, type Stats, stat, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

const throttleMs = 50
/** How long a change may go unnoticed that the folder does not announce: a link further up was switched. */
const pollMs = 1000

/**
 * Calls `onChange` when the file may have changed, at most once in 50 ms, also while it is written without a pause.
 * The folder announces most changes at once. Those that it does not (the file or a folder is a link that a deployment
 * switches, the folder was made again) are found by looking at the path once a second. Never keeps the process alive.
 */
export function watchFile(file: string, onChange: () => void, onError: (error: unknown) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const schedule = () => {
    timer ??= setTimeout(() => {
      timer = undefined
      onChange()
    }, throttleMs).unref()
  }
  const folder = new FolderWatch(file, schedule, onError)
  folder.start()
  const stopLooking = pollFile(file, () => {
    // The folder may be another one now.
    folder.start()
    schedule()
  })
  return () => {
    clearTimeout(timer)
    folder.stop()
    stopLooking()
  }
}

/** Compares what is at the path with what was there, beginning now. */
function pollFile(file: string, onChange: () => void): () => void {
  let before = mark(statSync(file, { throwIfNoEntry: false }))
  const look = (_error: unknown, stats?: Stats) => {
    const now = mark(stats)
    if (now === before) return
    before = now
    onChange()
  }
  const timer = setInterval(() => stat(file, look), pollMs).unref()
  return () => clearInterval(timer)
}

const mark = (stats: Stats | undefined): string =>
  stats ? [stats.dev, stats.ino, stats.mtimeMs, stats.size].join() : 'none'

/** Follows the folder, because editors and deployments put a new file in the old one's place. */
class FolderWatch {
  readonly #file: string
  readonly #onChange: () => void
  readonly #onError: (error: unknown) => void
  #watcher: FSWatcher | undefined

  constructor(file: string, onChange: () => void, onError: (error: unknown) => void) {
    this.#file = file
    this.#onChange = onChange
    this.#onError = onError
  }

  /** Starts, or starts anew in the folder that is there now. */
  start(): void {
    this.stop()
    try {
      this.#watcher = watch(dirname(this.#file), { persistent: false }, (_event, name) => this.#changed(name))
      this.#watcher.on('error', this.#onError)
    } catch (error) {
      // Without its folder the file is looked for all the same.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#onError(error)
    }
  }

  stop(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  // Mounted configuration is swapped by way of a link whose name begins with two dots.
  #changed(name: string | null): void {
    if (name === null || name === basename(this.#file) || name.startsWith('..')) this.#onChange()
  }
}
