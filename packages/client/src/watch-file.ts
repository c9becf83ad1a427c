import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

const settleMs = 50

/**
 * Calls `onChange` when the file may have changed, once per burst of changes. Watches the folder, because editors and
 * deployments put a new file in the old one's place. Never keeps the process alive.
 */
export function watchFile(file: string, onChange: () => void, onError: (error: unknown) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const schedule = (_event: string, name: string | null) => {
    if (name !== null && !concerns(name, basename(file))) return
    clearTimeout(timer)
    timer = setTimeout(onChange, settleMs).unref()
  }
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(dirname(file), { persistent: false }, schedule).on('error', onError)
  } catch (error) {
    onError(error)
  }
  return () => {
    clearTimeout(timer)
    watcher?.close()
  }
}

// Mounted configuration is swapped by way of a link whose name begins with two dots.
const concerns = (changed: string, name: string): boolean => changed === name || changed.startsWith('..')
