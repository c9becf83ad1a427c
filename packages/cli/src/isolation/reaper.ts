import { spawn } from 'node:child_process'
import { start } from '../process/start.ts'
import { programOf } from './program.ts'

/** Ends processes that outlive this one. */
export interface Reaper {
  add(pid: number): void
  /** It has ended. */
  remove(pid: number): void
}

/** Starts a process that ends those of items soon after this one has ended, by whatever. */
export function startReaper(): Reaper {
  const child = spawn(process.execPath, [programOf('reap')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: start.folder,
    // Nothing of what the application wants to be loaded.
    env: { ...start.env, NODE_OPTIONS: '' },
  })
  // Without it items are replayed all the same.
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  child.unref()
  const say = (pid: number) => {
    if (child.stdin.writable) child.stdin.write(`${pid}\n`)
  }
  return { add: say, remove: pid => say(-pid) }
}
