import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { exitCodeOf } from '../process/interrupts.ts'

// Where stripping asks for a flag it also announces itself at start, which users cannot act on.
const flags = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
const isTypeScript = (path: string): boolean => /\.[mc]?ts$/.test(path)
const loaders = /(^|\s)--(import|loader|experimental-loader|require|r)\b/

/** Node strips types by itself from 22.18 on; before that it asks for a flag, which only a new process can have. */
export function needsStripFlag(path: string): boolean {
  if (!isTypeScript(path) || process.features.typescript) return false
  const given = `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`
  return !loaders.test(given)
}

/** Runs this same command with the flag, hands on what this process is sent, and resolves to its exit code. */
export async function runWithStripFlag(): Promise<number> {
  const args = [...process.execArgv, ...flags, ...process.argv.slice(1)]
  const child = spawn(process.execPath, args, { stdio: 'inherit' })
  // Windows tells both by itself, and has no other way than to kill.
  const handOn = process.platform === 'win32' ? () => {} : (signal: NodeJS.Signals) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => handOn(signal))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return code ?? exitCodeOf(signal ?? 'SIGKILL')
}

/** On some Nodes stripping announces itself as experimental, about which the user of a command can do nothing. */
export async function withoutStripWarning<T>(load: () => Promise<T>): Promise<T> {
  const { emitWarning } = process
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).startsWith('Type Stripping is an experimental'))
      Reflect.apply(emitWarning, process, [warning, ...rest])
  }) as typeof process.emitWarning
  try {
    return await load()
  } finally {
    process.emitWarning = emitWarning
  }
}
