import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sqliteStore } from '@runtape/store-sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
let project: Project

beforeAll(async () => {
  project = await newProject()
  project.write(
    'slow.ts',
    `import { appendFileSync } from 'node:fs'
// Its recorder listens for signals too.
import './agent.ts'
import { traced } from '@runtape/trace'
export const slow = traced('support.answer', async ({ order }: { order: string }) => {
  if (order === 'A-3') return 'done'
  appendFileSync('pids.txt', process.pid + '\\n')
  console.log('began')
  await new Promise(resolve => setTimeout(resolve, 60_000))
})
// A replay waits for the consumer of its items.
export const endless = { onItem: () => new Promise(() => setInterval(() => {}, 1000)) }`,
  )
})

interface Running {
  readonly child: ChildProcess
  /** Resolves when the process has ended. */
  ended(): Promise<{ code: number | null; out: string; said: string }>
}

// With the flag the command is one process on every Node; without type stripping it must start a child.
const alone = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']
const again = ['--no-experimental-strip-types']

/** Starts a sequential replay of four traces, and resolves in the middle of the second. */
async function start(nodeFlags: readonly string[], words: readonly string[] = []): Promise<Running> {
  const call = [main, 'replay', './slow.ts#slow', '--concurrency', '1', ...words]
  const options = { cwd: project.folder, env: { ...process.env, NO_COLOR: '1' }, detached: true }
  const child = spawn(process.execPath, [...nodeFlags, ...call], options)
  const [said, closed] = [text(child.stderr), once(child, 'close')]
  let out = ''
  child.stdout.on('data', chunk => {
    out += chunk
  })
  while (!out.includes('began')) await once(child.stdout, 'data')
  return {
    child,
    ended: async () => {
      const [code] = (await closed) as [number | null]
      return { code, out, said: await said }
    },
  }
}

async function lastStatus(): Promise<string | undefined> {
  const store = sqliteStore(join(project.folder, 'runtape.db'))
  const { items } = await store.testRuns.list({ limit: 1 })
  await store.close()
  return items[0]?.status
}

const report = [
  'Interrupted: the report covers the items that had started.',
  'support.answer  2 replayed: 0 same, 1 changed, 0 failed, 1 stopped',
  'not all of 4 traces were replayed: 1 stopped, 2 not started',
]

const both: readonly (readonly [name: string, flags: readonly string[]])[] = [
  ['one process', alone],
  ['a process with a child', again],
]

describe.each(both)('%s', (_, flags) => {
  test('on SIGINT reports partial results, marks the test run, and exits with 130', async () => {
    const { child, ended } = await start(flags, ['--reporter', 'pretty,junit,html', '--out', 'out'])
    child.kill('SIGINT')
    const { code, out, said } = await ended()
    expect(code).toBe(130)
    for (const line of report) expect(out).toContain(line)
    expect(said).toContain('Interrupted: stopping in order. Interrupt again to end at once.')
    expect(await lastStatus()).toBe('interrupted')
    const [junit, page] = ['junit.xml', 'report.html'].map(name =>
      readFileSync(join(project.folder, 'out', name), 'utf8'),
    )
    expect(junit).toMatch(
      /<testsuite name="support.answer" tests="3" failures="1" errors="0" time="\d+\.\d{3}" skipped="1">/,
    )
    expect(junit).toContain('1 stopped, 2 not started')
    expect(page).toContain('was stopped: the process was interrupted (SIGINT)')
    expect(page).toContain('Interrupted. ')
  })

  test('on SIGTERM does the same, and exits with 143', async () => {
    const { child, ended } = await start(flags)
    child.kill('SIGTERM')
    const { code, out } = await ended()
    expect(code).toBe(143)
    for (const line of report) expect(out).toContain(line)
    expect(await lastStatus()).toBe('interrupted')
  })

  test('counts one Ctrl-C once, even if another process forwards it', async () => {
    const { child, ended } = await start(flags)
    // Signal the whole group, as a terminal does.
    process.kill(-(child.pid ?? 0), 'SIGINT')
    child.kill('SIGINT')
    const { code, out } = await ended()
    expect(code).toBe(130)
    for (const line of report) expect(out).toContain(line)
  })

  test('ends at once on a second interrupt, and leaves no process behind', async () => {
    const { child, ended } = await start(flags, ['--with', './slow.ts#endless', '--concurrency', '4'])
    child.kill('SIGINT')
    // Counts as the first interrupt, forwarded by another process.
    await setTimeout(100)
    child.kill('SIGINT')
    await setTimeout(600)
    expect(child.exitCode).toBe(null)
    const asked = performance.now()
    child.kill('SIGINT')
    expect((await ended()).code).toBe(130)
    expect(performance.now() - asked).toBeLessThan(2000)
    const pid = Number(readFileSync(join(project.folder, 'pids.txt'), 'utf8').trim().split('\n').at(-1))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})

test('a parent process reports the exit code of its killed child', async () => {
  const { child, ended } = await start(again)
  const pid = Number(readFileSync(join(project.folder, 'pids.txt'), 'utf8').trim().split('\n').at(-1))
  expect(pid).not.toBe(child.pid)
  process.kill(pid, 'SIGKILL')
  expect((await ended()).code).toBe(137)
})
