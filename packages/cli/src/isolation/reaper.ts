import { spawn } from 'node:child_process'
import { start } from '../process/start.ts'
import { programOf } from './program.ts'

/** Kills processes that outlive this one. */
export interface Reaper {
  add(pid: number): void
  /** It has ended. */
  remove(pid: number): void
}

let reaper: Reaper | undefined

/** The one of this process: a worker replays for many commands. */
export function theReaper(): Reaper {
  reaper ??= startReaper()
  return reaper
}

/** Starts a process that kills item processes soon after this one has ended for any reason. */
function startReaper(): Reaper {
  const child = spawn(process.execPath, [programOf('isolation/reap')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: start.folder,
    // Without the application's preloads.
    env: { ...start.env, NODE_OPTIONS: '' },
  })
  // If it cannot start, items are still replayed.
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  child.unref()
  const say = (pid: number) => {
    if (child.stdin.writable) child.stdin.write(`${pid}\n`)
  }
  return { add: say, remove: pid => say(-pid) }
}
