import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const home = fileURLToPath(new URL('..', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Project {
  readonly folder: string
  write(name: string, content: string): void
  /** Runs a script of the project. */
  node(script: string): Promise<Ended>
  /** Runs the command as a user does, in its own process, without a terminal. */
  runtape(
    words: readonly string[],
    env?: Readonly<Record<string, string>>,
    nodeFlags?: readonly string[],
  ): Promise<Ended>
}

/** The built command. */
export const runtapePath: string = join(home, 'dist/main.js')

/** A folder with an agent and, unless \`empty\`, four recorded calls of it. */
export async function newProject(what: 'recorded' | 'empty' = 'recorded'): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-cli-'))
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content)
  symlinkSync(join(home, 'node_modules'), join(folder, 'node_modules'))
  write('package.json', '{"type":"module"}')
  for (const name of ['agent.ts', 'record.ts'])
    copyFileSync(join(home, 'test/fixtures', name), join(folder, name))
  if (what === 'recorded') {
    const { code, stderr } = await run(folder, [...stripFlags, 'record.ts'])
    if (code !== 0) throw new Error(stderr)
  }
  return {
    folder,
    write,
    node: script => run(folder, [...stripFlags, script]),
    runtape: (words, env = {}, nodeFlags = []) => run(folder, [...nodeFlags, runtapePath, ...words], env),
  }
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const stripFlags = major === 22 && minor < 18 ? ['--experimental-strip-types'] : []

async function run(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { NODE_OPTIONS: _options, NODE_PATH: _path, CI: _ci, GITHUB_RUN_ID: _run, ...outer } = process.env
  const child = spawn(process.execPath, args, { cwd, env: { ...outer, NO_COLOR: '1', ...env } })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}
