import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { realDelay } from '@runtape/core/internal'
import { programOf } from '../isolation/program.ts'
import { start } from '../process/start.ts'

/** Removes a temporary checkout, at the latest when this process ends. */
export interface Sweeper {
  sweep(): Promise<void>
}

const mostMs = 30_000

/** Starts a process that removes the folder on request, or when this process ends for any reason. */
export function startSweeper(top: string, folder: string): Sweeper {
  const child = spawn(process.execPath, [programOf('baseline/sweep'), top, folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: top,
    // Without the application's preloads.
    env: { ...start.env, NODE_OPTIONS: '' },
  })
  // If it cannot start, the folder stays in the temporary folder of the system.
  const over = Promise.race([once(child, 'exit'), once(child, 'error')]).catch(() => {})
  child.stdin.on('error', () => {})
  child.unref()
  return {
    sweep: async () => {
      child.ref()
      child.stdin.end()
      await Promise.race([over, realDelay(mostMs)])
    },
  }
}
