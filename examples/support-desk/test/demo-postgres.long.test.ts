import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { postgresStore } from '@runtape/store-postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, isRunning } from '../../../packages/store-postgres/test/kept-server.mjs'
import { testServer } from '../../../packages/store-postgres/test/server.ts'
import { newFolder, numbersIn, runDemo, startDemo } from './run-demo.ts'

const folder = newFolder()
const data = dataFolder(join(folder, 'postgres'))
const pidFile = join(data, 'data', 'postmaster.pid')
const onPostgres = ['--store', 'postgres']
const env = { SUPPORT_DESK_FOLDER: folder, RUNTAPE_DEMO_POSTGRES: '' }
let demo: Awaited<ReturnType<typeof runDemo>>

beforeAll(async () => {
  demo = await runDemo(onPostgres, env)
}, 300_000)
afterAll(() => rmSync(data, { recursive: true, force: true }))

const serverPid = () => Number(readFileSync(pidFile, 'utf8').split('\n')[0])

test('the tour succeeds on a server that it starts and ends, and names it', () => {
  expect(demo.stderr).toBe('')
  expect(demo.code).toBe(0)
  expect(demo.stdout).toMatch(
    /^ {2}store {2}Postgres \d+\.\d+ at 127\.0\.0\.1:\d+, started by this tour, data in .*, schema support_desk$/m,
  )
  expect(existsSync(pidFile)).toBe(false)
  expect(existsSync(join(folder, 'support-desk.db'))).toBe(false)
})

test('every act keeps its promise', () => {
  const rows = ['brief', 'warm'].map(variation => numbersIn(demo.stdout, variation))
  expect(rows.reduce((sum, row) => sum + (row[0] ?? 0), 0)).toBe(34)
  expect(numbersIn(demo.stdout, 'runs   events sent', 1).slice(3)).toEqual([0, 0])
  const [, given = 0, kept = 0, dropped] = numbersIn(demo.stdout, 'the web form')
  expect(kept).toBeGreaterThan(20)
  expect(dropped).toBe(given - kept)
  expect(numbersIn(demo.stdout, 'a week later').slice(1)).toEqual([given, 0, given])
  expect(numbersIn(demo.stdout, 'served')[0]).toBeGreaterThan(0)
  expect(demo.stdout).toContain('the tally did not move')
})

test('a single act continues with the data of the tour; a second tour starts afresh', async () => {
  const look = await runDemo([...onPostgres, 'look'], env)
  expect(look.stderr).toBe('')
  expect(look.stdout).toContain('openai.chat.completions')
  const again = await runDemo(onPostgres, env)
  expect(again.stderr).toBe('')
  // The crash act kills at another point each time.
  expect(numbersIn(again.stdout, 'runs billed')[1]).toBeLessThan(100)
}, 300_000)

test.each(['SIGINT', 'SIGKILL'] as const)(
  'after %s the server ends by itself, and another tour can start it',
  async signal => {
    const child = startDemo(onPostgres, env)
    for await (const chunk of child.stdout) if (String(chunk).includes('Live')) break
    const pid = serverPid()
    // As the terminal does it: to every process of the group.
    process.kill(-(child.pid as number), signal)
    await once(child, 'exit')
    const { code, stderr } = await runDemo([...onPostgres, 'live'], env)
    expect([code, stderr]).toEqual([0, ''])
    for (let waitedMs = 0; isRunning(pid) && waitedMs < 10_000; waitedMs += 100) await pause(100)
    expect(isRunning(pid)).toBe(false)
    expect(existsSync(pidFile)).toBe(false)
  },
  300_000,
)

test('with an address, the tour uses that server', async () => {
  const connectionString = await testServer()
  const own = newFolder()
  const { code, stdout, stderr } = await runDemo(['--store', connectionString], { SUPPORT_DESK_FOLDER: own })
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).not.toContain('test@')
  expect(stdout).toContain('npm run demo -- --store postgres://… look')
  const store = postgresStore({ connectionString, schema: 'support_desk' })
  const [total] = await store.runs.usage()
  await store.close()
  expect(numbersIn(stdout, 'runs billed')[1]).toBe(total?.runs)
  expect(existsSync(join(own, 'postgres'))).toBe(false)
}, 300_000)

test('an address without a server, and no address, are refused with what to do', async () => {
  const given = { SUPPORT_DESK_FOLDER: newFolder() }
  const away = await runDemo(['--store', 'postgres://user:secret@127.0.0.1:1/app'], given)
  expect(away.code).toBe(1)
  expect(away.stderr).toContain('The Postgres server at 127.0.0.1:1 cannot be used')
  expect(away.stderr).not.toContain('secret')
  const unknown = await runDemo(['--store', 'abacus'], given)
  expect(unknown.stderr).toContain('Name sqlite, postgres, or an address')
})
