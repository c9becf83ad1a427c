import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createRecorder } from '@runtape/recorder'
import { exportTape } from '@runtape/replay/tapes'
import { sqliteStore } from '@runtape/store-sqlite'
import { createTracer } from '@runtape/trace'
import { beforeAll, beforeEach, expect, test, vi } from 'vitest'

// Each test starts vitest, which is slow on a busy machine.
vi.setConfig({ testTimeout: 120_000 })

const home = fileURLToPath(new URL('..', import.meta.url))
const run = promisify(execFile)
const project = mkdtempSync(join(tmpdir(), 'runtape-vitest-outside-'))

const pay = `
import { appendFileSync } from 'node:fs'
import { traced } from '@runtape/trace'
export const charge = traced('pay.charge', { mockOnReplay: true }, async cents => {
  appendFileSync('ledger.txt', cents + '\\n')
  return 'charged ' + cents
})
`

/** The queue, the worker and the child process run from module load on. */
const agent = `
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { traced } from '@runtape/trace'
import { charge } from './pay.mjs'
const jobs = []
setInterval(() => {
  for (const { cents, resolve } of jobs.splice(0)) charge(cents).then(resolve, error => resolve(error.message))
}, 1).unref()
const far = new URL('./far.mjs', import.meta.url)
const worker = new Worker(far)
worker.unref()
const ways = {
  queue: cents => new Promise(resolve => jobs.push({ cents, resolve })),
  worker: async cents => { worker.postMessage(cents); return (await once(worker, 'message'))[0] },
  process: async cents => {
    const child = fork(far, [], { env: { PATH: process.env.PATH }, execArgv: [] })
    child.send(cents)
    const [answer] = await once(child, 'message')
    child.disconnect()
    return answer
  },
}
export const isReplaying = Promise.withResolvers()
export const mayEnd = Promise.withResolvers()
export const answer = traced('answer', async cents => {
  isReplaying.resolve()
  if (process.env.HOLDS) await mayEnd.promise
  return process.env.WAY ? ways[process.env.WAY](cents) : 'charged ' + cents
})
export { charge, ways }
`

const far = `
import { parentPort } from 'node:worker_threads'
import { charge } from './pay.mjs'
const answer = async cents => charge(cents).catch(error => error.message)
if (parentPort) parentPort.on('message', async cents => parentPort.postMessage(await answer(cents)))
else process.on('message', async cents => process.send(await answer(cents)))
`

const tests = `
import { replayTest } from '${join(home, 'dist/index.js')}'
import { describe, expect, test } from 'vitest'
import { answer, charge, isReplaying, mayEnd, ways } from './agent.mjs'
`
const ways = ['queue', 'worker', 'process']
const oneByOne = (way: string) => `${tests}
process.env.WAY = '${way}'
replayTest(answer, { tapes: 'tapes', outside: process.env.OUTSIDE ?? 'refuse' }, () => {})
test('afterwards', async () => {
  expect(await ways['${way}'](100)).toBe('charged 100')
})
`
const atATime = `${tests}
describe.concurrent('all', () => {
  replayTest(answer, { tapes: 'tapes' }, () => {})
  test('beside', async () => {
    await isReplaying.promise
    try {
      expect(await charge(99)).toBe('charged 99')
    } finally {
      mayEnd.resolve()
    }
  })
})
`

beforeAll(async () => {
  symlinkSync(join(home, 'node_modules'), join(project, 'node_modules'))
  writeFileSync(join(project, 'package.json'), '{"type":"module"}')
  const files = { 'pay.mjs': pay, 'agent.mjs': agent, 'far.mjs': far }
  const each = ways.map(way => [`${way}.one.test.mjs`, oneByOne(way)] as const)
  const all = { ...files, ...Object.fromEntries(each), 'beside.test.mjs': atATime }
  for (const [name, content] of Object.entries<string>(all)) writeFileSync(join(project, name), content)
  const store = sqliteStore(':memory:')
  const recorder = createRecorder({ store })
  await createTracer({ sink: recorder }).traced('answer', async (cents: number) => `charged ${cents}`)(7)
  await recorder.flush()
  const { items } = await store.traces.list()
  await exportTape(store, items[0]?.traceId ?? '', join(project, 'tapes'))
  await store.close()
})
beforeEach(() => rmSync(join(project, 'ledger.txt'), { force: true }))

const ledger = () => {
  const path = join(project, 'ledger.txt')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

async function runTests(file: string, env: Record<string, string>): Promise<string> {
  const args = [join(home, 'node_modules/vitest/vitest.mjs'), 'run', file, '--root', project]
  const { VITEST: _vitest, ...outer } = process.env
  const options = { cwd: project, env: { ...outer, NO_COLOR: '1', ...env } }
  const { stdout, stderr } = await run(process.execPath, args, options).catch(error => error)
  return `${stdout}${stderr}`
}

test('calls of earlier code are refused while a replay test runs, and not after it', async () => {
  const text = await runTests('one', {})
  const said = 'the report fails: pay.charge was called once outside the replayed traces'
  expect(text).toContain(`${said}: refused`)
  expect(text).toContain(`${said} in a worker thread or a child process: refused`)
  expect(text).toMatch(/Tests +3 failed \| 3 passed/)
  expect(ledger()).toBe('100\n100\n100\n')
})

test('allowed calls run', async () => {
  expect(await runTests('queue', { OUTSIDE: 'allow' })).toMatch(/Tests +2 passed/)
  expect(ledger()).toBe('7\n100\n')
})

test('a concurrent test is not affected', async () => {
  expect(await runTests('beside', { HOLDS: '1' })).toMatch(/Tests +2 passed/)
  expect(ledger()).toBe('99\n')
})
