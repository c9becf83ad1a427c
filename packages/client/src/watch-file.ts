import { type FSWatcher, type Stats, stat, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

const throttleMs = 50
/** Maximum delay for changes that the folder does not announce, such as a switched link further up. */
const pollMs = 1000

/**
 * Calls `onChange` when the file may have changed, at most once in 50 ms, even during continuous writing. The folder announces
 * most changes immediately. Other changes (the file or a folder is a link that a deployment switches, the folder was created
 * again) are found by checking the path once a second. Does not keep the process alive.
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
    // The folder may have been replaced.
    folder.start()
    schedule()
  })
  return () => {
    clearTimeout(timer)
    folder.stop()
    stopLooking()
  }
}

/** Compares the file at the path with its last state, starting now. */
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

/** Watches the folder, because editors and deployments replace the file. */
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

  /** Starts the watch, or restarts it in the current folder. */
  start(): void {
    this.stop()
    try {
      this.#watcher = watch(dirname(this.#file), { persistent: false }, (_event, name) => this.#changed(name))
      this.#watcher.on('error', this.#onError)
    } catch (error) {
      // Without its folder, the path is still checked.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#onError(error)
    }
  }

  stop(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  // Mounted configuration is swapped through a link whose name starts with two dots.
  #changed(name: string | null): void {
    if (name === null || name === basename(this.#file) || name.startsWith('..')) this.#onChange()
  }
}
