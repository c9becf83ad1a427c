import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createRecorder } from '@runtape/recorder'
import { exportTape } from '@runtape/replay/tapes'
import { sqliteStore } from '@runtape/store-sqlite'
import { createTracer } from '@runtape/trace'
import { beforeAll, describe, expect, test } from 'vitest'

const home = fileURLToPath(new URL('..', import.meta.url))
const run = promisify(execFile)

/** The agent as a user has it; `greeting` is what a change changes. */
const agent = `
import { traced } from '@runtape/trace'
const lookup = traced('orders.lookup', { mockOnReplay: true }, async (id: string) => { throw new Error('really ran') })
const ping = traced('ping', { mockOnReplay: true }, async () => 0)
export const answer = traced('support.answer', async (id: string) => {
  const calls = process.env.IMPATIENT ? [] : [ping()]
  const [{ status }] = (await Promise.all([lookup(id), ...calls])) as unknown as [{ status: string }]
  if (process.env.THROWS) throw new Error('out of cheese')
  return { text: (process.env.GREETING ?? 'Hello') + ', it is ' + status, token: Math.random() }
})
`

const tests = `
import { beforeEach, expect, vi } from 'vitest'
if (process.env.FAKED === 'first') vi.useFakeTimers()
const { replayTest } = await import('@runtape/vitest')
const { answer } = await import('./agent.ts')
if (process.env.FAKED === 'then') beforeEach(() => void vi.useFakeTimers())
replayTest(answer, { tapes: process.env.TAPES ?? 'tapes' }, item => {
  expect(item).toMatchRecording({ ignore: ['$.token'] })
  if (!process.env.IMPATIENT) expect(item).toHaveServedAllMocks()
})
`

/** A test without a check of its own, judged by what is recorded and by an evaluator. */
const judgedTests = `
import { replayTest } from '@runtape/vitest'
import { traced } from '@runtape/trace'
let attempts = 0
const polite = { name: 'polite', evaluate: () => ({ score: Number(process.env.SCORE), pass: false }) }
const lookup = traced('orders.lookup', { mockOnReplay: true }, async (id: string) => ({ id, status: '' }))
const ping = traced('ping', { mockOnReplay: true }, async () => 0)
const answer = traced('support.answer', async (id: string) => {
  const [{ status }] = await Promise.all([lookup(id), ping()])
  if (process.env.FLAKY && attempts++ % 2 === 1) throw new Error('flaked')
  return { token: 'abc', text: 'Hello, it is ' + status }
})
replayTest(answer, { tapes: 'tapes', attempts: 2, evaluators: [polite], thresholds: { polite: 0.5 } })
`

/** Code that would end its process, of one of two traces or, with STRAY, of none. */
const dyingTests = `
import { replayTest } from '@runtape/vitest'
import { traced } from '@runtape/trace'
const throws = () => { throw new Error('boom') }
if (process.env.STRAY) setTimeout(throws, 1)
const ways = {
  timer: () => setTimeout(throws, 1),
  rejection: () => void Promise.reject(new Error('boom')),
  exit: () => setTimeout(() => process.exit(0), 1),
}
const lookup = traced('orders.lookup', { mockOnReplay: true }, async (id: string) => ({ id, status: '' }))
const answer = traced('support.answer', async (id: string) => {
  const { status } = await lookup(id)
  if (id === 'A-1') ways[process.env.WAY]?.()
  await new Promise(resolve => setTimeout(resolve, 50))
  return { token: 'abc', text: 'Hello, it is ' + status }
})
replayTest(answer, { tapes: 'tapes' })
`

describe('tests of tapes, as a user has them', () => {
  const project = mkdtempSync(join(tmpdir(), 'runtape-vitest-'))

  beforeAll(async () => {
    symlinkSync(join(home, 'node_modules'), join(project, 'node_modules'))
    writeFileSync(join(project, 'package.json'), '{"type":"module"}')
    writeFileSync(join(project, 'agent.ts'), agent)
    writeFileSync(
      join(project, 'agent.test.ts'),
      tests.replace('@runtape/vitest', join(home, 'dist/index.js')),
    )
    writeFileSync(
      join(project, 'judged.test.ts'),
      judgedTests.replace('@runtape/vitest', join(home, 'dist/index.js')),
    )
    writeFileSync(
      join(project, 'dying.test.ts'),
      dyingTests.replace('@runtape/vitest', join(home, 'dist/index.js')),
    )
    await record(join(project, 'tapes'))
    mkdirSync(join(project, 'empty'))
  })

  /** Two calls, recorded where the tool really ran. */
  async function record(folder: string): Promise<void> {
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

  async function runTests(
    env: Record<string, string> = {},
    file = 'agent.test.ts',
  ): Promise<{ passed: number; failed: number; text: string }> {
    const vitest = join(home, 'node_modules/vitest/vitest.mjs')
    const args = [
      vitest,
      'run',
      file,
      '--root',
      project,
      '--reporter=json',
      '--reporter=default',
      '--outputFile.json=out.json',
    ]
    const { VITEST: _vitest, ...outer } = process.env
    const options = { cwd: project, env: { ...outer, NO_COLOR: '1', ...env } }
    const { stdout, stderr } = await run(process.execPath, args, options).catch(error => error)
    const text = `${stdout}${stderr}`
    const count = (what: string) => Number(new RegExp(`Tests .*?(\\d+) ${what}`).exec(text)?.[1] ?? 0)
    return { passed: count('passed'), failed: count('failed'), text }
  }

  test('each tape is a test, which passes without a store, a network or the tool', async () => {
    expect(await runTests()).toMatchObject({ passed: 2, failed: 0 })
  })

  test('changed code fails, with a diff of what it gives now', async () => {
    const { failed, text } = await runTests({ GREETING: 'Hi' })
    expect(failed).toBe(2)
    expect(text).toContain('-   "text": "Hello, it is shipped"')
    expect(text).toContain('+   "text": "Hi, it is shipped"')
    expect(text).not.toContain('"token"')
  })

  test('code that throws what the recording did not fails with its own error', async () => {
    const { failed, text } = await runTests({ THROWS: '1' })
    expect(failed).toBe(2)
    expect(text).toContain('Error: out of cheese')
  })

  test.each(['first', 'then'])('a clock that is faked %s holds no replay up', async when => {
    // It asks for one call less than the recording, which the other one waits for.
    expect(await runTests({ FAKED: when, IMPATIENT: '1' })).toMatchObject({ passed: 2, failed: 0 })
  })

  test('a folder without tapes of this function is no green test', async () => {
    const { passed, text } = await runTests({ TAPES: 'empty' })
    expect(passed).toBe(0)
    expect(text).toContain("The folder empty has no trace of 'support.answer' that matches")
  })

  test('evaluators are held against their thresholds, and every attempt against the recording', async () => {
    const judged = (env: Record<string, string>) => runTests(env, 'judged.test.ts')
    expect(await judged({ SCORE: '0.6' })).toMatchObject({ passed: 2, failed: 0 })
    const low = await judged({ SCORE: '0.4' })
    expect(low.failed).toBe(2)
    expect(low.text).toContain('the report does not pass: polite is 0.4 in the mean, and 0.5 was asked for')
    const flaky = await judged({ SCORE: '0.6', FLAKY: '1' })
    expect(flaky.failed).toBe(2)
    expect(flaky.text).toContain('ended otherwise than it was recorded in attempt 2 of 2: with "flaked"')
  })
  test.each([
    ['timer', 'code threw an error that nothing catches: boom'],
    ['rejection', 'code rejected a promise that nothing handles: boom'],
    ['exit', 'code called process.exit(0)'],
  ])('%s: the test of this trace fails, and no other one', async (way, problem) => {
    const { passed, failed, text } = await runTests({ WAY: way }, 'dying.test.ts')
    expect([passed, failed]).toEqual([1, 1])
    expect(text).toContain(problem)
    expect(text).not.toMatch(/Unhandled/)
  })

  test('what no item does is left to vitest', async () => {
    const { passed, text } = await runTests({ STRAY: '1' }, 'dying.test.ts')
    expect(passed).toBe(2)
    expect(text).toMatch(/Unhandled/)
  })
})
