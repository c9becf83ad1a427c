import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** Starts a script of this directory in a process that ends with the running test. */
export function startChild(script: string, args: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = fork(path, args, { execArgv: [] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** The next message of a process. */
export async function nextMessage(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message', { signal: AbortSignal.timeout(15_000) })
  return message
}
