import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { newProject, recordTapes } from './project.ts'

/** A user's agent; the environment variable GREETING changes its output. */
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
const { currentFrame } = await import('@runtape/core/internal')
if (process.env.FAKED === 'then') beforeEach(() => void vi.useFakeTimers())
replayTest(answer, { tapes: process.env.TAPES ?? 'tapes' }, item => {
  expect(item).toMatchRecording({ ignore: ['$.token'] })
  if (!process.env.IMPATIENT) expect(item).toHaveServedAllMocks()
  // A recorded token used here records in the test run, not in a live run.
  expect(currentFrame()?.replay?.sourceTraceId).toBe(item.sourceTraceId)
})
`

/** A test without its own check, judged by the recording and an evaluator. */
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

/** Code that tries to end its process, in one of two traces or, with STRAY, outside any trace. */
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
const ping = traced('ping', { mockOnReplay: true }, async () => 0)
const answer = traced('support.answer', async (id: string) => {
  const [{ status }] = await Promise.all([lookup(id), ping()])
  if (id === 'A-1') ways[process.env.WAY]?.()
  await new Promise(resolve => setTimeout(resolve, 50))
  return { token: 'abc', text: 'Hello, it is ' + status }
})
replayTest(answer, { tapes: 'tapes' })
`

/** Tests that replay nothing, or return nothing comparable. */
const unknownTests = `
import { expect } from 'vitest'
import { replayTest } from '@runtape/vitest'
import { traced } from '@runtape/trace'
class Secret { #text; constructor(text) { this.#text = text } }
const answer = traced('support.answer', async (id: string) => {
  if (process.env.CATCHES) await traced('audit', { mockOnReplay: true }, async () => {})().catch(() => {})
  return process.env.SECRET ? { token: 'abc', text: 'Hello, it is shipped', a: new Secret(id) } : { token: 'abc', text: 'Hello, it is shipped' }
})
const signal = process.env.ABORTED ? { signal: AbortSignal.abort(new Error('too late')) } : {}
const check = (item: unknown) => expect(item).toBeDefined()
replayTest(answer, { tapes: process.env.TAPES ?? 'tapes', ...signal }, process.env.CHECKS || process.env.CATCHES ? check : undefined)
`

// Each test runs vitest in separate processes that do not change the projects, so they can run concurrently.
const patient = { timeout: 600_000, concurrent: true }

describe('tape tests in a user project', patient, () => {
  const project = newProject()

  beforeAll(async () => {
    project.write('agent.ts', agent)
    project.write('agent.test.ts', tests)
    project.write('judged.test.ts', judgedTests)
    project.write('dying.test.ts', dyingTests)
    project.write('unknown.test.ts', unknownTests)
    await recordTapes(join(project.folder, 'tapes'))
    mkdirSync(join(project.folder, 'empty'))
  })

  const runTests = (env: Record<string, string> = {}, file = 'agent.test.ts') => project.vitest([file], env)

  test('each tape is a test, which passes without a store, a network or the tool', async () => {
    expect(await runTests()).toMatchObject({ passed: 2, failed: 0 })
  })

  test('changed code fails, with a diff of its output', async () => {
    const { failed, text } = await runTests({ GREETING: 'Hi' })
    expect(failed).toBe(2)
    expect(text).toContain('-   "text": "Hello, it is shipped"')
    expect(text).toContain('+   "text": "Hi, it is shipped"')
    expect(text).not.toContain('"token"')
  })

  test('code that throws an unrecorded error fails with that error', async () => {
    const { failed, text } = await runTests({ THROWS: '1' })
    expect(failed).toBe(2)
    expect(text).toContain('Error: out of cheese')
  })

  test.each(['first', 'then'])('a clock faked %s does not block the replay', async when => {
    // It makes one call fewer than the recording, and the other call was recorded after that one.
    expect(await runTests({ FAKED: when, IMPATIENT: '1' })).toMatchObject({ passed: 2, failed: 0 })
  })

  test('a folder without tapes of this function is not a green test', async () => {
    const { passed, text } = await runTests({ TAPES: 'empty' })
    expect(passed).toBe(0)
    expect(text).toContain("The folder empty has no matching trace of 'support.answer'")
  })

  test('an aborted signal, and a miss caught by the code, are not green tests, even with a check', async () => {
    for (const env of [{ ABORTED: '1' }, { ABORTED: '1', CHECKS: '1' }, { CATCHES: '1' }])
      expect(await runTests(env as Record<string, string>, 'unknown.test.ts')).toMatchObject({
        passed: 0,
        failed: 2,
      })
  })

  test('evaluators are held against their thresholds, and every attempt against the recording', async () => {
    const judged = (env: Record<string, string>) => runTests(env, 'judged.test.ts')
    expect(await judged({ SCORE: '0.6' })).toMatchObject({ passed: 2, failed: 0 })
    const low = await judged({ SCORE: '0.4' })
    expect(low.failed).toBe(2)
    expect(low.text).toContain('the report fails: polite has a mean of 0.4, and its threshold is 0.5')
    const flaky = await judged({ SCORE: '0.6', FLAKY: '1' })
    expect(flaky.failed).toBe(2)
    expect(flaky.text).toContain('ended differently than recorded in attempt 2 of 2: with "flaked"')
  })

  test.each([
    ['timer', 'code threw an error that nothing catches: boom'],
    ['rejection', 'code rejected a promise that nothing handles: boom'],
    ['exit', 'code called process.exit(0)'],
  ])('%s: only the test of this trace fails', async (way, problem) => {
    const { passed, failed, text } = await runTests({ WAY: way }, 'dying.test.ts')
    expect([passed, failed]).toEqual([1, 1])
    expect(text).toContain(problem)
    expect(text).not.toMatch(/Unhandled/)
  })

  test('errors outside items are left to vitest', async () => {
    const { passed, text } = await runTests({ STRAY: '1' }, 'dying.test.ts')
    expect(passed).toBe(2)
    expect(text).toMatch(/Unhandled/)
  })
})

/** A test file with `body` after the agent. */
const testOf = (body: string) => `
import { describe } from 'vitest'
import { replayTest } from '@runtape/vitest'
import { traced } from '@runtape/trace'
const lookup = traced('orders.lookup', { mockOnReplay: true }, async (id: string) => ({ id, status: '' }))
const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const ping = traced('ping', { mockOnReplay: true }, async () => 0)
const answer = traced('support.answer', async (id: string) => {
  const [{ status }] = await Promise.all([lookup(id), ping()])
  await wait(Number(process.env.WAIT ?? 0))
  return { text: (process.env.GREETING ?? 'Hello') + ', it is ' + status, token: 'abc' }
})
${body}
`

describe('an unhandled error in a check', patient, () => {
  const project = newProject()

  beforeAll(() => recordTapes(join(project.folder, 'tapes')))

  test.each([
    ['an unawaited promise', `void Promise.reject(new Error('boom'))`],
    ['an unawaited function', `void (async () => { await 1; throw new Error('boom') })()`],
    ['a timer', `setTimeout(() => { throw new Error('boom') })`],
  ])('is left to vitest, even while the next test replays: %s', async (_what, body) => {
    const next = `replayTest(answer, { tapes: 'tapes' }, () => wait(20))`
    const check = `replayTest(answer, { tapes: 'tapes' }, () => { ${body} })`
    project.write('floating.test.ts', testOf([check, next].join('\n')))
    const { passed, text } = await project.vitest(['floating.test.ts'])
    expect(passed).toBe(4)
    expect(text.slice(text.indexOf('Unhandled Errors'))).toContain('Error: boom')
    expect(text).toContain('Unhandled Errors')
  })
})

describe('the time limit of a test', patient, () => {
  const project = newProject()
  const short = '--testTimeout=400'

  beforeAll(() => recordTapes(join(project.folder, 'tapes')))

  test("is that of the item, if it is longer than a test's", async () => {
    project.write('slow-1.test.ts', testOf(`replayTest(answer, { tapes: 'tapes', itemTimeoutMs: 60_000 })`))
    expect(await project.vitest(['slow-1.test.ts', short], { WAIT: '1000' })).toMatchObject({
      passed: 2,
      failed: 0,
    })
  })

  test('is that of all attempts together', async () => {
    project.write(
      'slow-2.test.ts',
      testOf(`replayTest(answer, { tapes: 'tapes', itemTimeoutMs: 2000, attempts: 4 })`),
    )
    expect(await project.vitest(['slow-2.test.ts', short], { WAIT: '600' })).toMatchObject({
      passed: 2,
      failed: 0,
    })
  })

  test("ends an item that takes longer, with the replay's message", async () => {
    project.write('slow-3.test.ts', testOf(`replayTest(answer, { tapes: 'tapes', itemTimeoutMs: 200 })`))
    const { failed, text } = await project.vitest(['slow-3.test.ts'], { WAIT: '5000' })
    expect(failed).toBe(2)
    expect(text).toContain('had not ended after 200 ms')
    expect(text).not.toContain('Test timed out')
  })

  test('is absent if it exceeds what a timer can hold', async () => {
    project.write(
      'slow-4.test.ts',
      testOf(`replayTest(answer, { tapes: 'tapes', itemTimeoutMs: 2 ** 31 - 1 })`),
    )
    expect(await project.vitest(['slow-4.test.ts', short], { WAIT: '1000' })).toMatchObject({
      passed: 2,
      failed: 0,
    })
  })

  test("is vitest's by default", async () => {
    project.write('slow-5.test.ts', testOf(`replayTest(answer, { tapes: 'tapes' })`))
    const { failed, text } = await project.vitest(['slow-5.test.ts', short], { WAIT: '5000' })
    expect(failed).toBe(2)
    expect(text).toContain('Test timed out in 400ms')
  })
})

describe('concurrent tests', patient, () => {
  const snapshots = `(item, { expect, task }) => {
    expect(task.name).toBe('trace ' + item.sourceTraceId)
    expect(item.result).toMatchSnapshot()
  }`

  test.each([
    [
      'in a suite',
      [],
      `describe.concurrent('all', () => replayTest(answer, { tapes: 'tapes' }, ${snapshots}))`,
    ],
    ['in a project', ['--sequence.concurrent'], `replayTest(answer, { tapes: 'tapes' }, ${snapshots})`],
    ['one after the other', [], `replayTest(answer, { tapes: 'tapes' }, ${snapshots})`],
  ])('have separate snapshots, %s', async (_, words, body) => {
    const project = newProject()
    await recordTapes(join(project.folder, 'tapes'))
    project.write('snapshots.test.ts', testOf(body))
    expect(await project.vitest([...words, '--update'])).toMatchObject({ passed: 2, failed: 0 })
    expect(await project.vitest(words, { CI: '1', WAIT: '50' })).toMatchObject({ passed: 2, failed: 0 })
    const changed = await project.vitest(words, { CI: '1', GREETING: 'Hi' })
    expect(changed).toMatchObject({ passed: 0, failed: 2 })
    expect(changed.text).toContain('Snapshot')
  })

  test("also pass with the package's matchers and with evaluators", async () => {
    const project = newProject()
    await recordTapes(join(project.folder, 'tapes'))
    const options = `{ tapes: 'tapes', evaluators: [{ name: 'fine', evaluate: () => ({ score: 1, pass: true }) }] }`
    project.write('both.test.ts', testOf(`replayTest(answer, ${options})`))
    expect(await project.vitest(['--sequence.concurrent'])).toMatchObject({ passed: 2, failed: 0 })
    expect(await project.vitest(['--sequence.concurrent'], { GREETING: 'Hi' })).toMatchObject({ failed: 2 })
  })
})
