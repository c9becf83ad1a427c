import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { exitCodeOf } from './interrupts.ts'
import { resultsVariable } from './results.ts'

interface Again {
  /** More flags of Node. */
  readonly flags?: readonly string[]
  /** Whether only the command's results may be printed to stdout, and what the application prints goes to stderr. */
  readonly resultsOnly?: boolean
}

/** Runs the same command in a new process, forwards signals to it, and resolves to its exit code. */
export async function runAgain({ flags = [], resultsOnly = false }: Again): Promise<number> {
  const args = [...process.execArgv, ...flags, ...process.argv.slice(1)]
  const child = resultsOnly
    ? spawn(process.execPath, args, {
        // Its output goes to our stderr, also that of its native code and its child processes.
        stdio: ['inherit', 2, 2, 1],
        env: { ...process.env, [resultsVariable]: '3' },
      })
    : spawn(process.execPath, args, { stdio: 'inherit' })
  // Windows signals both processes itself, and offers nothing but killing.
  const handOn = process.platform === 'win32' ? () => {} : (signal: NodeJS.Signals) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => handOn(signal))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return code ?? exitCodeOf(signal ?? 'SIGKILL')
}
