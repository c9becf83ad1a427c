import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const demo = fileURLToPath(new URL('../src/demo.ts', import.meta.url))
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const strip = major === 22 && minor < 18 ? ['--experimental-strip-types'] : []

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'support-desk-'))

/** Starts the demo as a user does, in its own process group, without a terminal and without a key. */
export function startDemo(names: readonly string[], env: Readonly<Record<string, string>>) {
  const rest = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OPENAI|AWS|ANTHROPIC)_/.test(name)),
  )
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...strip, demo, ...names], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...rest, NO_COLOR: '1', ...env },
  })
}

/** Runs it to its end. */
export async function runDemo(names: readonly string[], env: Readonly<Record<string, string>>) {
  const child = startDemo(names, env)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}

/** The numbers of the row that starts with `label`, or of the row under the headings that start with it. */
export function numbersIn(output: string, label: string, offset = 0): number[] {
  const lines = output.split('\n')
  const row = lines[lines.findIndex(line => line.trimStart().startsWith(label)) + offset] ?? ''
  return (row.match(/(?<![\w.-])[\d,]+(?![\w.])/g) ?? []).map(digits => Number(digits.replaceAll(',', '')))
}
