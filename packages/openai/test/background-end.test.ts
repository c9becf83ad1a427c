import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { CallValue } from '@runtape/core'
import { realTimers, runBeforeLastFlush } from '@runtape/core/internal'
import { inTurn, json, type Reply, response } from '@runtape/testing/openai'
import { createTracker } from '@runtape/tracker'
import { afterEach, expect, test, vi } from 'vitest'
import { setUp } from './set-up.ts'

const given = setUp()
const { tape } = given
const question = { model: 'gpt-test', input: 'Wie spät ist es?', background: true } as const
const newRun = () => createTracker({ sink: tape, configKey: 'test', logger: { warn: () => {} } })
const callsOf = (runId?: string) =>
  tape.events.filter(event => event.metric.startsWith('call:') && event.runId === (runId ?? event.runId))
const ended = (runId?: string) => callsOf(runId).map(({ value }) => value as CallValue)

let made = 0
function inBackground() {
  const id = `resp_end_${++made}`
  const at = (status: string) =>
    json(response('', { id, status, background: true, ...(status !== 'completed' && { usage: null }) }))
  return { id, queued: at('queued'), running: at('in_progress'), done: at('completed') }
}

/** The ten-minute timers, for the test to fire. */
function longTimers() {
  const { setTimeout, clearTimeout } = realTimers
  const waiting = new Map<unknown, () => void>()
  vi.spyOn(realTimers, 'setTimeout').mockImplementation(((work: () => void, ms: number) => {
    const timer = setTimeout(work, ms)
    if (ms === 600_000) waiting.set(timer, work)
    return timer
  }) as never)
  vi.spyOn(realTimers, 'clearTimeout').mockImplementation(timer => {
    waiting.delete(timer)
    clearTimeout(timer)
  })
  const run = () => {
    for (const work of [...waiting.values()]) work()
  }
  return { waiting, run }
}

afterEach(() => vi.restoreAllMocks())

test('an answer that is not seen for ten minutes is a call without usage, with a warning', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const { queued } = inBackground()
  given.fake.answer(queued)
  const timers = longTimers()
  const run = newRun()
  await run.run(() => given.client().responses.create(question))
  expect(ended()).toEqual([])
  timers.run()
  expect(ended()).toMatchObject([{ status: 'success', model: 'gpt-test-2026' }])
  expect(ended()[0]).not.toHaveProperty('usage')
  expect(warn.mock.calls.flat().join()).toContain('A successful call reported no usage (openai.responses at')
})

test('an answer that arrives later is billed separately, in the run of its request', async () => {
  const { id, queued, done } = inBackground()
  given.fake.answer(inTurn(queued, done))
  const timers = longTimers()
  const run = newRun()
  await run.run(() => given.client().responses.create(question))
  timers.run()
  await given.client().responses.retrieve(id)
  await given.client().responses.retrieve(id)
  expect(ended().map(({ usage }) => usage?.total)).toEqual([undefined, 29])
  expect(tape.events.every(({ runId }) => runId === run.runId)).toBe(true)
})

test('an answer that is polled stays open', async () => {
  const { id, queued, running } = inBackground()
  let answer = () => {}
  const slow: Reply = (reply, seen, index) =>
    new Promise(resolve => {
      answer = () => resolve(running(reply, seen, index))
    })
  given.fake.answer(inTurn(queued, slow))
  const timers = longTimers()
  await newRun().run(() => given.client().responses.create(question))
  const [first] = timers.waiting.keys()
  const poll = given.client().responses.retrieve(id)
  await vi.waitFor(() => expect(given.fake.requests).toHaveLength(2))
  expect(timers.waiting.size).toBe(0)
  answer()
  await poll
  await vi.waitFor(() => expect(timers.waiting.size).toBe(1))
  expect([...timers.waiting.keys()]).not.toContain(first)
})

test('closing a sink ends its open answers without usage, and no others', async () => {
  const mine = inBackground()
  const other = inBackground()
  given.fake.answer(inTurn(mine.queued, other.queued, other.done))
  const run = newRun()
  await run.run(() => given.client().responses.create(question))
  const lines: unknown[] = []
  const sink = {
    append: (line: unknown) => lines.push(line) > 0,
    flush: async () => {},
    close: async () => {},
  }
  const beside = createTracker({ sink, configKey: 'beside' })
  await beside.run(() => given.client().responses.create(question))
  runBeforeLastFlush(tape)
  expect(ended(run.runId)).toMatchObject([{ status: 'success' }])
  await given.client().responses.retrieve(other.id)
  expect(lines.at(-1)).toMatchObject({ runId: beside.runId, value: { usage: { total: 29 } } })
})

test('an id that a host reuses ends the earlier call', async () => {
  const { id, queued, done } = inBackground()
  given.fake.answer(inTurn(queued, queued, done))
  const run = newRun()
  await run.run(() => given.client().responses.create(question))
  await run.run(() => given.client().responses.create(question))
  await given.client().responses.retrieve(id)
  expect(ended().map(({ usage }) => usage?.total)).toEqual([undefined, 29])
})

const program = (atEnd: string) => `
import { instrumentOpenAI } from '@runtape/openai'
import { createTracker } from '@runtape/tracker'
import OpenAI from 'openai'

const append = ({ metric, value }) => console.log(metric.split(':')[0], value.usage ?? value.status)
const tracker = createTracker({ sink: { append, flush: async () => {}, close: async () => {} }, configKey: 'test' })
const answer = { id: 'resp_1', object: 'response', status: 'queued', background: true, model: 'm', output: [] }
const openai = instrumentOpenAI(new OpenAI({ apiKey: 'x', fetch: async () => Response.json(answer) }))
await tracker.run(() => openai.responses.create({ model: 'm', input: 'x', background: true }))
console.log('returned')
const returnedAt = performance.now()
process.on('exit', () => console.log(performance.now() - returnedAt < 2000 ? 'at once' : 'late'))
${atEnd}
`

test.each([
  ['ends by itself', ''],
  ['calls process.exit', 'process.exit(0)'],
])('a process that %s while an answer is open records its call, and does not wait', async (_, atEnd) => {
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const args = ['--input-type=module', '-e', program(atEnd)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd })
  expect(stdout).toMatch(/duration .*\noutcome success\nreturned\ncall success\nat once\n$/)
})
