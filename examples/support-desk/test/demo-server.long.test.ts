import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, isRunning } from '../../../packages/store-postgres/test/kept-server.mjs'
import { newFolder, numbersIn, runDemo, startDemo } from './run-demo.ts'

const folder = newFolder()
const data = dataFolder(join(folder, 'postgres'))
const env = { SUPPORT_DESK_FOLDER: folder, RUNTAPE_DEMO_POSTGRES: '' }
let demo: Awaited<ReturnType<typeof runDemo>>

beforeAll(async () => {
  demo = await runDemo(['--server'], env)
}, 300_000)
afterAll(() => {
  for (const path of [data, folder]) rmSync(path, { recursive: true, force: true })
})

const addressOf = (output: string) =>
  /runtape serve .* at (http:\/\/127\.0\.0\.1:\d+)$/m.exec(output)?.[1] ?? ''
const isGone = async (url: string) =>
  fetch(`${url}/healthz`).then(
    () => false,
    () => true,
  )

test('two processes fill a server in front of Postgres, which is killed in the middle', () => {
  expect(demo.code).toBe(0)
  expect(demo.stdout).toMatch(/^ {2}store {2}Postgres \d+\.\d+ at 127\.0\.0\.1:\d+, started by this tour/m)
  const [one, two] = ['desk 1, process', 'desk 2, process'].map(name =>
    numbersIn(demo.stdout, name).slice(-3),
  )
  const bill = numbersIn(demo.stdout, "the server's bill")
  expect(bill[0]).toBe(34)
  expect(bill).toEqual(one?.map((count, i) => count + (two?.[i] ?? 0)))
  expect(demo.stdout).toContain('killed by SIGKILL')
  expect(demo.stdout).toContain('Lost: 0. Doubled: 0.')
})

test('nothing is said but the warnings of the desks while the server is away', () => {
  const others = demo.stderr
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('[runtape] The store'))
  expect(others).toEqual([])
})

test('the server, Postgres and the keys are gone', async () => {
  const url = addressOf(demo.stdout)
  expect(url).not.toBe('')
  expect(await isGone(url)).toBe(true)
  expect(existsSync(join(data, 'data', 'postmaster.pid'))).toBe(false)
  expect(existsSync(join(folder, 'server-keys.json'))).toBe(false)
})

test('what it says to do next works: feedback, a look and a replay through the server', async () => {
  const next = /npm run demo -- (--server feedback look)/.exec(demo.stdout)?.[1]?.split(' ') ?? []
  const { code, stdout, stderr } = await runDemo([...next, 'replay'], env)
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain('openai.chat.completions')
  expect(stdout).toContain('the tally did not move')
}, 300_000)

test('after SIGKILL of the tour, the server and Postgres end', async () => {
  const child = startDemo(['--server'], env)
  let output = ''
  for await (const chunk of child.stdout) {
    output += String(chunk)
    if (output.includes('Desks')) break
  }
  const pid = Number(readFileSync(join(data, 'data', 'postmaster.pid'), 'utf8').split('\n')[0])
  child.kill('SIGKILL')
  await once(child, 'exit')
  const url = addressOf(output)
  for (let waitedMs = 0; waitedMs < 20_000 && !(await isGone(url)); waitedMs += 100) await pause(100)
  expect(await isGone(url)).toBe(true)
  for (let waitedMs = 0; waitedMs < 20_000 && isRunning(pid); waitedMs += 100) await pause(100)
  expect(isRunning(pid)).toBe(false)
}, 120_000)

test('a file can be behind the server, too', async () => {
  const own = newFolder()
  const { code, stdout } = await runDemo(['--server', '--store', 'sqlite'], { SUPPORT_DESK_FOLDER: own })
  expect(code).toBe(0)
  expect(stdout).toContain('Lost: 0. Doubled: 0.')
  expect(stdout).toContain('--server --store sqlite feedback look')
  rmSync(own, { recursive: true })
}, 120_000)
