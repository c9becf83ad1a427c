import { beforeAll, expect, test } from 'vitest'
import { newFolder, numbersIn, runDemo } from './run-demo.ts'

const folder = newFolder()
const onAnthropic = ['--provider', 'anthropic']
let demo: Awaited<ReturnType<typeof runDemo>>

beforeAll(async () => {
  demo = await runDemo(onAnthropic, { SUPPORT_DESK_FOLDER: folder })
}, 90_000)

test('the demo succeeds on Anthropic, with nothing on stderr', () => {
  expect(demo.stderr).toBe('')
  expect(demo.code).toBe(0)
})

test("every ticket is counted once, with its tokens, under Anthropic's models", () => {
  // A run with two models has a row for each; a model id is not a number.
  const lines = demo.stdout.replaceAll('-5-5', '').split('\n')
  const rows = ['brief ', 'warm '].flatMap(variation =>
    lines.filter(line => line.trimStart().startsWith(variation)).map(line => numbersIn(line, variation)),
  )
  const sum = (column: number) => rows.reduce((total, row) => total + (row[column] ?? 0), 0)
  expect([sum(0), sum(1)]).toEqual([34, 33])
  expect(sum(2)).toBeGreaterThan(2000)
  expect(sum(3)).toBeGreaterThan(500)
  expect(demo.stdout).toContain('claude-sonnet-5-5')
})

test('a crash loses and doubles nothing, and a replay bills nothing', () => {
  expect(numbersIn(demo.stdout, 'runs   events sent', 1).slice(3)).toEqual([0, 0])
  expect(numbersIn(demo.stdout, 'served')[0]).toBeGreaterThan(0)
  expect(demo.stdout).toContain('the tally did not move')
})

test('look shows the Anthropic calls of a run', async () => {
  const { stdout } = await runDemo([...onAnthropic, 'look'], { SUPPORT_DESK_FOLDER: folder })
  expect(stdout).toContain('anthropic.messages')
})
