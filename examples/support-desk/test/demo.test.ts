import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { beforeAll, expect, test } from 'vitest'
import { newFolder, numbersIn, runDemo } from './run-demo.ts'

const folder = newFolder()
let demo: Awaited<ReturnType<typeof runDemo>>

beforeAll(async () => {
  demo = await runDemo([], { SUPPORT_DESK_FOLDER: folder })
}, 90_000)

test('the demo succeeds with nothing on stderr', () => {
  expect(demo.stderr).toBe('')
  expect(demo.code).toBe(0)
})

test('the live act counts every ticket once, with its tokens', () => {
  const rows = ['brief', 'warm'].map(variation => numbersIn(demo.stdout, variation))
  const [runs, succeeded, input, output] = [0, 1, 2, 3].map(i =>
    rows.reduce((sum, row) => sum + (row[i] ?? 0), 0),
  )
  expect(runs).toBe(34)
  expect(succeeded).toBe(33)
  expect(input).toBeGreaterThan(2000)
  expect(output).toBeGreaterThan(500)
})

test('a crash loses nothing and doubles nothing', () => {
  const [runs = 0, sent = 0, recorded = 0, lost, doubled] = numbersIn(demo.stdout, 'runs   events sent', 1)
  expect(runs).toBeGreaterThan(34)
  expect(sent).toBeGreaterThan(recorded)
  expect(recorded).toBeGreaterThan(100)
  expect([lost, doubled]).toEqual([0, 0])
})

test('repeated thumbs are dropped, in the same process and in a later one', () => {
  const [, given = 0, kept = 0, dropped] = numbersIn(demo.stdout, 'the web form')
  expect(kept).toBeGreaterThan(20)
  expect(dropped).toBe(given - kept)
  expect(numbersIn(demo.stdout, 'a week later').slice(1)).toEqual([given, 0, given])
})

test('the replay answers from the tape, pays nothing and bills nothing', () => {
  expect(numbersIn(demo.stdout, 'served')[0]).toBeGreaterThan(0)
  for (const what of ['refunds paid', 'runs billed', 'tokens billed']) {
    const [before, after] = numbersIn(demo.stdout, what)
    expect(before).toBeGreaterThan(0)
    expect(after).toBe(before)
  }
  expect(demo.stdout).toContain('the tally did not move')
})

test('the replay ends with the path of its report, a page with every item', () => {
  const replayAct = demo.stdout.slice(demo.stdout.indexOf('\nReplay '), demo.stdout.indexOf('\nNext\n'))
  const path = replayAct.trimEnd().split('\n').at(-1)?.trim() ?? ''
  const page = readFileSync(path, 'utf8')
  expect(page).toContain('<h1>Replay of support.answer</h1>')
  expect(page.match(/<details class="item /g)).toHaveLength(Number(/(\d+) replayed/.exec(replayAct)?.[1]))
})

test('the next prompt causes fewer complaints', () => {
  const [then = 0, now] = numbersIn(demo.stdout, 'complaints')
  expect(then).toBeGreaterThan(5)
  expect(now).toBeLessThan(then)
})

test('the store agrees with what was printed', async () => {
  const store = sqliteStore(join(folder, 'support-desk.db'))
  const [total] = await store.runs.usage()
  await store.close()
  expect(numbersIn(demo.stdout, 'runs billed')[1]).toBe(total?.runs)
  expect(numbersIn(demo.stdout, 'On file')).toEqual([total?.positive, total?.negative])
})

test('each refund in the ledger is for a different order', () => {
  const ledger = join(folder, 'refunds.ndjson')
  expect(existsSync(ledger)).toBe(true)
  const orders = readFileSync(ledger, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line).order)
  expect(new Set(orders).size).toBe(orders.length)
  expect(numbersIn(demo.stdout, 'refunds paid')[1]).toBe(orders.length)
})

test('look shows the tally and the tape of a run', async () => {
  const { code, stdout } = await runDemo(['look'], { SUPPORT_DESK_FOLDER: folder })
  expect(code).toBe(0)
  expect(stdout).toContain('outcome')
  expect(stdout).toContain('openai.chat.completions')
})
