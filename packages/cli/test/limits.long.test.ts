import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ModelProject, newModelProject } from './model-project.ts'

let project: ModelProject
const one = ['--concurrency', '1']

beforeAll(async () => {
  project = await newModelProject()
  expect(await project.record()).toMatchObject({ code: 0 })
}, 60_000)

afterAll(() => project.host.close())

// Each test starts several processes.
const timeout = 180_000

describe('--max-cost', { timeout }, () => {
  test.each([[[]], [['--isolate']]])(
    'starts no item once the calls that ran cost this much %j',
    async more => {
      const { code, stdout } = await project.replay([...one, ...more, '--max-cost', '0.30'])
      expect(stdout).toContain('2 replayed')
      expect(stdout).toContain('Interrupted')
      expect(stdout).toContain('spent by calls that ran: $0.30 of $0.3\n')
      expect(stdout).toContain('not all of 4 traces were replayed: 2 not started')
      expect(stdout).toContain('stopped by --max-cost: $0.30 of $0.3 spent')
      expect(code).toBe(1)
    },
  )

  test('stops attempts, too', async () => {
    const { code, stdout } = await project.replay([
      ...one,
      '--limit',
      '1',
      '--attempts',
      '3',
      '--max-cost',
      '0.2',
    ])
    expect(stdout).toContain(
      'stopped by --max-cost: $0.30 of $0.2 spent; 1 running item was not stopped, 1 attempt was not made',
    )
    expect(code).toBe(1)
  })

  test('is no failure when the last item reaches it, and running items are reported', async () => {
    const last = await project.replay([...one, '--max-cost', '0.6'])
    expect(last.stdout).toContain('4 replayed')
    expect(last.code).toBe(0)
    const both = await project.replay(['--concurrency', '2', '--max-cost', '0.1'])
    expect(both.stdout).toContain('2 replayed')
    expect(both.stdout).toContain('$0.30 of $0.1')
  })

  test('counts only calls that run', async () => {
    const { code, stdout } = await project.replay(['--mock', 'all', '--max-cost', '0.01'])
    expect(stdout).toContain('4 replayed: 4 same')
    expect(stdout).toContain('spent by calls that ran: $0.00 of $0.01')
    expect(code).toBe(0)
  })

  test.each([[[]], [['--isolate']]])(
    'stops at a live call without a price, unless allowed %j',
    async more => {
      const env = { MODEL: 'house-model' }
      const few = [...one, ...more, '--limit', '2', '--max-cost', '5']
      const { code, stdout } = await project.replay(few, env)
      expect(stdout).toContain('1 replayed')
      expect(stdout).toMatch(
        /stopped, because what was spent is unknown: openai\S* \(house-model\): its model has no price/,
      )
      expect(code).toBe(1)
      const allowed = await project.replay([...few, '--allow-unpriced'], env)
      expect(allowed.stdout).toContain('2 replayed')
      expect(allowed.stdout).toContain(
        'spent by calls that ran: $0.00 of $5, and 2 calls of unknown cost (openai.chat.completions',
      )
      expect(allowed.code).toBe(0)
    },
  )

  test.each([['0'], ['-1'], ['much']])('refuses %s', async amount => {
    expect(await project.replay([`--max-cost=${amount}`])).toMatchObject({ code: 2 })
  })
})

describe('--must-run', { timeout }, () => {
  test.each([[[]], [['--isolate']]])('passes if an item runs the call %j', async more => {
    const { code } = await project.replay(['--limit', '1', ...more, '--must-run', 'support.prompt'])
    expect(code).toBe(0)
  })

  test('fails if the call was only answered from the tape', async () => {
    const words = [
      '--mock',
      'all',
      '--must-run',
      'support.prompt,support.answer',
      '--reporter',
      'pretty,junit',
    ]
    const { code, stdout } = await project.replay(words)
    expect(stdout).toContain(
      "'support.prompt' must run, and did not in any of 4 items: 4 served. An answered call does not try the change",
    )
    expect(stdout).not.toContain("'support.answer' must run")
    expect(code).toBe(1)
  })

  test('fails if it was never called, and names keys that ran', async () => {
    const { code, stdout } = await project.replay(['--limit', '2', '--must-run', 'support.promt'])
    expect(stdout).toContain("'support.promt' must run, and did not in any of 2 items: it was never called")
    expect(stdout).toMatch(/These ran: .*support\.prompt/)
    expect(code).toBe(1)
  })

  test('a shard that does not reach it says so, and does not fail', async () => {
    const words = ['--shard', '1/2', '--test-run', 'ci-1', '--must-run', 'nowhere']
    const { code, stdout } = await project.replay(words)
    expect(stdout).toContain("'nowhere' must run, and did not in this shard: it was never called")
    expect(stdout).toContain('Another shard may reach it')
    expect(code).toBe(0)
  })
})
