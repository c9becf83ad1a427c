import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createRecorder } from '@runtape/recorder'
import { exportTape } from '@runtape/replay/tapes'
import { sqliteStore } from '@runtape/store-sqlite'
import { createTracer } from '@runtape/trace'

const home = fileURLToPath(new URL('..', import.meta.url))
const execute = promisify(execFile)

/** The built package and its plugin. */
export const packagePath: string = join(home, 'dist/index.js')
export const pluginPath: string = join(home, 'dist/plugin.js')

export interface Ended {
  readonly code: number
  readonly passed: number
  readonly failed: number
  readonly text: string
}

export interface Project {
  readonly folder: string
  /** Writes a file; imports of `@runtape/vitest` resolve to the built package. */
  write(name: string, content: string): void
  git(...words: string[]): Promise<void>
  /** Runs vitest as a user does, in its own process. */
  vitest(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
}

export function newProject(): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'runtape-vitest-')))
  symlinkSync(join(home, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  return {
    folder,
    write: (name, content) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      const text = content
        .replaceAll('@runtape/vitest/plugin', pluginPath)
        .replaceAll("'@runtape/vitest'", `'${packagePath}'`)
      writeFileSync(join(folder, name), text)
    },
    git: async (...words) => {
      const identity = [
        '-c',
        'user.name=a',
        '-c',
        'user.email=a@example.com',
        '-c',
        'init.defaultBranch=main',
      ]
      await execute('git', [...identity, ...words], { cwd: folder })
    },
    vitest: (words, env = {}) => runVitest(folder, words, env),
  }
}

async function runVitest(
  cwd: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const { VITEST: _vitest, ...outer } = process.env
  const args = [
    join(home, 'node_modules/vitest/vitest.mjs'),
    ...(words[0] === 'related' ? [] : ['run']),
    ...words,
    '--root',
    cwd,
    '--watch=false',
    // So that no test fails on a busy machine.
    ...(words.some(word => word.startsWith('--testTimeout')) ? [] : ['--testTimeout=60000']),
  ]
  const options = { cwd, env: { ...outer, NO_COLOR: '1', ...env } }
  const {
    stdout,
    stderr,
    code = 0,
  } = (await execute(process.execPath, args, options).catch(
    (error: { stdout: string; stderr: string; code: number }) => error,
  )) as { stdout: string; stderr: string; code?: number }
  const text = `${stdout}${stderr}`
  const count = (what: string) => Number(new RegExp(`Tests .*?(\\d+) ${what}`).exec(text)?.[1] ?? 0)
  return { code, passed: count('passed'), failed: count('failed'), text }
}

/** Records two live calls of an agent with two tools, as tapes in this folder. */
export async function recordTapes(folder: string): Promise<void> {
  const store = sqliteStore(':memory:')
  const recorder = createRecorder({ store })
  const { traced } = createTracer({ sink: recorder })
  const lookup = traced('orders.lookup', { mockOnReplay: true }, async (id: string) => {
    await new Promise(resolve => setTimeout(resolve, 5))
    return { id, status: 'shipped' }
  })
  const ping = traced('ping', { mockOnReplay: true }, async () => 0)
  const answer = traced('support.answer', async (id: string) => {
    const [{ status }] = await Promise.all([lookup(id), ping()])
    return { text: `Hello, it is ${status}`, token: 'abc' }
  })
  await answer('A-1')
  await answer('A-2')
  await recorder.flush()
  const { items } = await store.traces.list()
  for (const { traceId } of items) await exportTape(store, traceId, folder)
  await store.close()
}
