import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']

/** Starts a script of `children` in its own process, which ends with the running test at the latest. */
export function startChild(script: string, args: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL(`children/${script}`, import.meta.url))
  const child = fork(path, args, { execArgv: flags })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

export async function messageOf(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message', { signal: AbortSignal.timeout(15_000) })
  return message
}

/** How the process ended: its exit code, or the signal that killed it. */
export async function endOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode ?? child.signalCode ?? 1
}
