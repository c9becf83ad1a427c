import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { sqliteStore } from '@runtape/store-sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** An agent that connects once per process, recorded by processes that answered one question each. */
const agent = `
import { appendFileSync } from 'node:fs'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing, traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
export const recorder = createRecorder({ store: sqliteStore('runtape.db') })
configureTracing({ sink: recorder })
const connect = traced('connect', { mockOnReplay: true }, async id => 'connected for ' + id)
const lookup = traced('lookup', { mockOnReplay: true }, async id => { appendFileSync('ledger.txt', id + '\\n'); return { id, at: new Date(0) } })
let connection
// It belongs to the process, not to a trace.
const jobs = []
setInterval(() => jobs.shift()?.(), 1).unref()
export const answer = traced('answer', async id => {
  if (process.env.DOES && (id === 'b' || process.env.DOES === 'waits')) await { 
    queues: () => void jobs.push(() => lookup('late').catch(() => {})),
    hangs: () => new Promise(() => {}),
    // Outside the frame of any item, so that nothing keeps it from ending the process.
    exits: () => { jobs.push(() => process.reallyExit(7)); return new Promise(resolve => setTimeout(resolve, 60_000)) },
    throws: () => setTimeout(() => { throw new Error('boom') }, 1),
    loops: () => { for (;;) {} },
    waits: () => { appendFileSync('began.txt', id); return new Promise(resolve => setTimeout(resolve, 60_000)) },
  }[process.env.DOES]()
  connection ??= connect(id)
  const tracker = createTracker({ sink: recorder, configKey: 'c' })
  tracker.trackSuccess()
  const found = await lookup(id)
  await new Promise(resolve => setTimeout(resolve, 20))
  return { found, connection: await connection, token: tracker.resumptionToken, extra: process.env.EXTRA }
})
if (process.env.RECORD) {
  await answer(process.env.RECORD)
  await recorder.close()
}
`

/** Uses every feature of an options module. */
const options = `
import { evaluator } from '@runtape/replay'
let asked = 0
export const options = {
  overrides: { lookup: () => ({ id: 'overridden', asked: ++asked }) },
  evaluators: [evaluator('first', ({ result }) => result.found.asked === 1)],
}
`

let project: Project

beforeAll(async () => {
  project = await newProject('empty')
  project.write('agent.js', agent)
  project.write('options.js', options)
  for (const id of ['a', 'b', 'c']) {
    const env = { ...process.env, RECORD: id }
    const child = spawn(process.execPath, ['agent.js'], { cwd: project.folder, env, stdio: 'inherit' })
    expect((await once(child, 'exit'))[0]).toBe(0)
  }
})

const replay = (words: readonly string[], env: Record<string, string> = {}) =>
  project.runtape(['replay', './agent.js#answer', '--mock', 'marked', ...words], env)

describe('--isolate replays each item in its own process', () => {
  test('so that items do not share state', async () => {
    const shared = await replay(['--evaluator', 'same-output'])
    expect(shared.stdout).toContain('3 replayed: 1 same, 2 changed')
    const apart = await replay(['--isolate', '--evaluator', 'same-output'])
    expect(apart.stderr.split('\n').filter(each => !/^(\d\/\d replayed, .*)?$/.test(each))).toEqual([])
    expect(apart.stdout).toContain('3 replayed: 3 same, 0 changed, 0 failed')
    expect(apart.stdout).toContain('calls: 6 served, 0 drifted, 0 missed, 0 unused')
    expect([shared.code, apart.code]).toEqual([1, 0])
    // Nothing was really looked up again.
    expect(readFileSync(join(project.folder, 'ledger.txt'), 'utf8')).toBe('a\nb\nc\n')
  })

  test('with its records in one test run, and no live events', async () => {
    const store = sqliteStore(join(project.folder, 'runtape.db'))
    const before = await store.runs.usage()
    const { stdout } = await replay(['--isolate'])
    const [testRun] = (await store.testRuns.list({ limit: 1 })).items
    const replayed = await store.traces.list({ testRunId: testRun?.testRunId ?? '' })
    expect(stdout).toContain(testRun?.testRunId)
    expect(testRun).toMatchObject({ status: 'completed', key: 'answer' })
    expect(replayed.items).toHaveLength(3)
    expect(await store.runs.usage()).toEqual(before)
    await store.close()
  })

  test('with the options of a module, several attempts, and a changed answer', async () => {
    const { stdout, code } = await replay(['--isolate', '--with', './options.js#options', '--attempts', '2'])
    expect(stdout).toContain('✓ first  mean 1')
    expect(stdout).toContain('3 replayed: 0 same, 3 changed, 0 failed')
    expect(code).toBe(0)
  })

  test.each([
    ['exits', 'failed in its process: its process ended before the item did (7).'],
    ['hangs', 'waits for something that cannot happen'],
    ['throws', 'threw an error that nothing catches: boom'],
    ['loops', 'had not ended after 1500 ms, and its process was killed: its code never yields.'],
  ])('an item whose code %s fails, and the others continue', async (does, problem) => {
    const { stdout, code } = await replay(
      ['--isolate', ...(does === 'loops' ? ['--timeout', '1500ms'] : [])],
      { DOES: does },
    )
    expect(stdout).toContain('3 replayed: 2 same, 0 changed, 1 failed')
    expect(stdout).toContain(problem)
    if (does === 'throws') expect(stdout).toMatch(/thrown: Error at agent\.js:\d+:\d+/)
    expect(code).toBe(1)
  })

  test('and refuses calls outside the item, so that the command fails', async () => {
    const { stdout, code } = await replay(['--isolate'], { DOES: 'queues' })
    expect(stdout).toContain('3 replayed: 3 same')
    expect(stdout).toMatch(/lookup was called once outside the replayed traces/)
    expect(readFileSync(join(project.folder, 'ledger.txt'), 'utf8')).not.toContain('late')
    expect(code).toBe(1)
  })

  test('and a Ctrl-C sent to all processes stops them in order', async () => {
    appendFileSync(join(project.folder, 'began.txt'), '')
    const words = [main, 'replay', './agent.js#answer', '--mock', 'marked', '--isolate']
    const env = { ...process.env, NO_COLOR: '1', DOES: 'waits' }
    const child = spawn(process.execPath, words, { cwd: project.folder, env, detached: true })
    const [out, closed] = [text(child.stdout), once(child, 'close')]
    // Wait until all of them wait, so that the result does not depend on the speed of the machine.
    while (readFileSync(join(project.folder, 'began.txt'), 'utf8').length < 3)
      await new Promise(resolve => setTimeout(resolve, 20))
    process.kill(-(child.pid ?? 0), 'SIGINT')
    expect((await closed)[0]).toBe(130)
    expect(await out).toContain('3 stopped')
  })
})
