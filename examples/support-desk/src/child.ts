import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const silence = '--disable-warning=ExperimentalWarning'

/** Starts a program of this example in its own process; `script` is relative to `src`. */
export function startChild(
  script: string,
  { env, ...options }: SpawnOptions & { readonly args?: readonly string[] } = {},
): ChildProcess {
  const flags = process.execArgv.filter(flag => flag !== silence)
  const path = fileURLToPath(new URL(script, import.meta.url))
  return spawn(process.execPath, [...flags, silence, path], {
    stdio: 'inherit',
    ...options,
    env: { ...process.env, ...env },
  })
}

/** How a program ended. */
export async function ended(
  child: ChildProcess,
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return { code: child.exitCode, signal: child.signalCode }
}
