import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newProject, type Project, runtapePath } from './project.ts'

/** An application with side effects on load and in an item, selected by its environment. */
const agent = `
import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync } from 'node:fs'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing, traced } from '@runtape/trace'
const recorder = createRecorder({ store: sqliteStore(process.env.RECORD ? 'runtape.db' : ':memory:') })
configureTracing({ sink: recorder })
const say = (file, line) => appendFileSync(new URL(file, import.meta.url), line + '\\n')
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))
const tool = traced('tool', { mockOnReplay: true }, async id => { say('ledger.txt', id); return { id } })
const loads = {
  reports: () => { for (const message of ['ready', null, { kind: 'failed' }, { kind: 'loaded' }, 7]) process.send?.(message) },
  listens: () => void process.on('message', message => console.log('got', message)),
  moves: () => { mkdirSync('elsewhere', { recursive: true }); process.chdir('elsewhere') },
  once: () => { if (process.env.STARTED) throw new Error('started twice'); process.env.STARTED = 'yes' },
  words: () => void process.argv.splice(2),
  fakes: () => { globalThis.setTimeout = () => ({ unref() {} }) },
  throws: () => void setImmediate(() => { throw new Error('no such port') }),
  warns: async () => { await new Promise(setImmediate) },
  sidecar: () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    say('sidecars.txt', child.pid)
    child.unref()
    process.on('exit', () => child.kill())
  },
  slow: () => sleep(1500),
}
// It belongs to the process, not to an item.
const jobs = []
setInterval(() => jobs.shift()?.(), 1).unref()
const runs = {
  queues: () => new Promise(resolve => jobs.push(() => tool('queued').then(resolve, resolve))),
  loops: () => { for (;;) {} },
  waits: () => sleep(600_000),
  dies: id => id === 'b' && process.kill.call(process, process.pid, 0) && spawn('kill', ['-9', String(process.pid)]) && sleep(600_000),
  moves: () => { mkdirSync('elsewhere', { recursive: true }); process.chdir('elsewhere') },
}
if (!process.env.RECORD) await loads[process.env.LOADS]?.()
export const answer = traced('answer', async id => {
  if (!process.env.RECORD) say('began.txt', process.pid)
  if (!process.env.RECORD) await runs[process.env.RUNS]?.(id)
  const found = await tool(id)
  // Rejects after the answer: the recording has no later call.
  if (process.env.RUNS === 'later' && id === 'b') setTimeout(() => { throw new Error('late boom') }, 5)
  return { found, sends: typeof process.send }
})
if (process.env.RECORD) {
  for (const id of ['a', 'b', 'c']) await answer(id)
  await recorder.close()
}
`

let project: Project

beforeAll(async () => {
  project = await newProject('empty')
  project.write('agent.js', agent)
  const env = { ...process.env, RECORD: 'yes' }
  const child = spawn(process.execPath, ['agent.js'], { cwd: project.folder, env, stdio: 'inherit' })
  expect((await once(child, 'exit'))[0]).toBe(0)
})

beforeEach(() => {
  for (const file of ['began.txt', 'sidecars.txt']) writeFileSync(join(project.folder, file), '')
})

const replay = (words: readonly string[], env: Record<string, string> = {}) =>
  project.runtape(['replay', './agent.js#answer', ...words], env)

const pids = (file: string) =>
  readFileSync(join(project.folder, file), 'utf8').split('\n').filter(Boolean).map(Number)
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** Whether the process still runs; a zombie does not. */
function isRunning(pid: number): boolean {
  if (process.platform !== 'linux') return isThere(pid)
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Resolves when none of them runs. Limited by the timeout of the test. */
async function allEnded(list: readonly number[]): Promise<void> {
  while (list.some(isRunning)) await sleep(50)
  expect(list.filter(isRunning)).toEqual([])
}

/** Resolves when none of their folders is left in the system's temporary folder. */
async function allCleaned(list: readonly number[]): Promise<void> {
  const isTheirs = (name: string) => list.some(pid => name.startsWith(`runtape-outside-${pid}-`))
  while (readdirSync(tmpdir()).some(isTheirs)) await sleep(50)
}

function start(env: Record<string, string>): {
  child: ChildProcess
  out: Promise<string>
  closed: Promise<unknown[]>
} {
  const child = spawn(process.execPath, [runtapePath, 'replay', './agent.js#answer', '--isolate'], {
    cwd: project.folder,
    env: { ...process.env, NO_COLOR: '1', ...env },
    detached: true,
  })
  child.stderr.resume()
  return { child, out: text(child.stdout), closed: once(child, 'exit') }
}

async function begun(count: number): Promise<readonly number[]> {
  while (pids('began.txt').length < count) await sleep(20)
  return pids('began.txt')
}

describe('side effects of loading an application do not disturb the process of an item', () => {
  test.each([
    ['reports', 'it sends a ready message to its parent'],
    ['listens', 'it listens for messages of its parent'],
    ['moves', 'it changes the working directory'],
    ['once', 'it sets an environment variable'],
    ['words', 'it removes the command-line arguments'],
    ['fakes', 'it replaces timers'],
  ])('%s: %s', async loads => {
    const words = ['--isolate', '--out', loads, '--reporter', 'pretty,markdown']
    const { code, stdout, stderr } = await replay(words, { LOADS: loads })
    expect(stdout).toMatch(/^answer {2}3 replayed: 3 same, 0 changed, 0 failed\n/)
    expect(stdout).toContain(`\n${loads}/report.md`)
    expect(stderr.replace(/^\d\/\d replayed, .*\n/gm, '')).toBe('')
    expect(code).toBe(0)
    expect(existsSync(join(project.folder, loads, 'report.md'))).toBe(true)
  })

  test('a shared process also finds its store and folder if the module changes directory', async () => {
    const { code, stdout } = await replay(['--out', 'shared', '--reporter', 'markdown'], { LOADS: 'moves' })
    expect([code, stdout]).toEqual([0, 'shared/report.md\n'])
    expect(existsSync(join(project.folder, 'shared/report.md'))).toBe(true)
  })

  test('an error outside items is reported once for all processes', async () => {
    const { code, stdout, stderr } = await replay(['--isolate'], { LOADS: 'throws' })
    expect(stdout).toContain('3 replayed: 3 same')
    expect(stderr.match(/^runtape: Outside any replayed item, .*no such port/gm)).toHaveLength(1)
    expect(code).toBe(1)
  })
})

describe('no process is left behind', () => {
  test.each<[string, NodeJS.Signals]>([
    ['killed', 'SIGKILL'],
    ['ended by a signal', 'SIGTERM'],
  ])('by items whose code never yields, if the command is %s', async (_, signal) => {
    const { child, closed } = start({ RUNS: 'loops' })
    const items = await begun(3)
    child.kill(signal)
    await closed
    await allEnded(items)
    await allCleaned([child.pid ?? 0, ...items])
  })

  test('after a second Ctrl-C', async () => {
    const { child, closed } = start({ RUNS: 'loops' })
    const items = await begun(3)
    child.kill('SIGINT')
    await sleep(400)
    child.kill('SIGINT')
    expect((await closed)[0]).toBe(130)
    await allEnded(items)
  })

  test('by the children of an unused process', async () => {
    const { child, closed } = start({ RUNS: 'waits', LOADS: 'sidecar' })
    await begun(3)
    child.kill('SIGINT')
    await closed
    await allEnded(pids('sidecars.txt'))
  })
})

test('calls outside items are summed over all processes', async () => {
  const { code, stdout } = await replay(['--isolate'], { RUNS: 'queues' })
  expect(stdout).toContain('3 replayed: 3 same')
  expect(stdout.match(/^tool was called .*/gm)).toEqual([
    expect.stringMatching(/^tool was called 3 times outside the replayed traces: refused/),
  ])
  expect(code).toBe(1)
})

test('an item whose process is killed fails, and no other item', async () => {
  const { code, stdout } = await replay(['--isolate'], { RUNS: 'dies' })
  expect(stdout).toContain('3 replayed: 2 same, 0 changed, 1 failed')
  expect(stdout).toMatch(
    /failed\n {4}input: b\n.*failed in its process: its process ended before the item did \(SIGKILL\)\.\n/,
  )
  expect(code).toBe(1)
})

test('a stop while processes are loading stops their items', async () => {
  const { child, out, closed } = start({ LOADS: 'slow' })
  while (!pids('began.txt').length && child.exitCode === null) {
    // The command loads for 1.5 s, then the processes of the items start to load.
    await sleep(50)
    if (await hasChildren(child.pid ?? 0)) break
  }
  child.kill('SIGINT')
  expect((await closed)[0]).toBe(130)
  expect(await out).toMatch(/3 stopped|2 stopped|1 stopped/)
  expect(await out).toContain('0 failed')
})

async function hasChildren(pid: number): Promise<boolean> {
  const list = await text(spawn('pgrep', ['-P', String(pid), '-f', 'item-child']).stdout)
  return list.trim() !== ''
}

test('a warning repeated by every item is printed once', async () => {
  const { stderr } = await replay(['--isolate'], { RUNS: 'later' })
  expect(stderr.match(/late boom/g)).toHaveLength(1)
})
