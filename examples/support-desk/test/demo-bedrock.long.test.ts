import { beforeAll, expect, test } from 'vitest'
import { newFolder, numbersIn, runDemo } from './run-demo.ts'

const folder = newFolder()
const onBedrock = ['--provider', 'bedrock']
let demo: Awaited<ReturnType<typeof runDemo>>

beforeAll(async () => {
  demo = await runDemo(onBedrock, { SUPPORT_DESK_FOLDER: folder })
}, 90_000)

test('the demo succeeds on Bedrock, with nothing on stderr', () => {
  expect(demo.stderr).toBe('')
  expect(demo.code).toBe(0)
})

test("every ticket is counted once, with its tokens, under Bedrock's models", () => {
  const printed = demo.stdout.replaceAll('v1:0', 'v1') // a model id is not a number
  const rows = ['brief', 'warm'].map(variation => numbersIn(printed, variation))
  const sum = (column: number) => rows.reduce((total, row) => total + (row[column] ?? 0), 0)
  expect([sum(0), sum(1)]).toEqual([34, 33])
  expect(sum(2)).toBeGreaterThan(2000)
  expect(sum(3)).toBeGreaterThan(500)
  expect(demo.stdout).toContain('eu.amazon.nova-lite-v1:0')
})

test('a crash loses and doubles nothing, and a replay bills nothing', () => {
  expect(numbersIn(demo.stdout, 'runs   events sent', 1).slice(3)).toEqual([0, 0])
  expect(numbersIn(demo.stdout, 'served')[0]).toBeGreaterThan(0)
  expect(demo.stdout).toContain('the tally did not move')
})

test('look shows the Bedrock calls of a run', async () => {
  const { stdout } = await runDemo([...onBedrock, 'look'], { SUPPORT_DESK_FOLDER: folder })
  expect(stdout).toContain('bedrock.converse')
  expect(stdout).toContain('bedrock.converse-stream')
})

test('an unknown provider is refused with the list of providers', async () => {
  const { code, stderr } = await runDemo(['--provider', 'abacus'], { SUPPORT_DESK_FOLDER: newFolder() })
  expect(code).toBe(1)
  expect(stderr).toContain('openai, bedrock, anthropic')
})
