// The files of deploy/ as far as a machine without containers can run them: their commands, from packed packages.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { httpStore } from '@runtape/store-http'
import { runEvent } from '@runtape/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { packAll } from '../../../scripts/lib/pack.mjs'
import { installAll } from '../../../tests/support/consumer.ts'
import { testSchema, testServer } from '../../store-postgres/test/server.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

const root = fileURLToPath(new URL('../../..', import.meta.url))
const dockerfile = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8')
const compose = parse(readFileSync(join(root, 'deploy/compose.yaml'), 'utf8'))
const installed = /^RUN npm install --omit=dev (.*)$/m.exec(dockerfile)?.[1]?.split(' ') ?? []

/** The JSON list after an instruction. */
const listAfter = (instruction: string): string[] =>
  JSON.parse(new RegExp(`^${instruction}.*?(\\[.*\\])$`, 'm').exec(dockerfile)?.[1] ?? '[]')

const scratch = await mkdtemp(join(tmpdir(), 'runtape-deploy-'))
const app = join(scratch, 'projects/app')

beforeAll(async () => {
  const packed = await packAll(root, await mkdtemp(join(scratch, 'tarballs-')))
  await installAll(root, join(scratch, 'projects'), [{ folder: app, wanted: installed }], packed)
})
afterAll(() => rm(scratch, { recursive: true, force: true }))

/** The words of a command, with the paths, the port and the database of this test. */
async function startContainer(words: readonly string[], store?: string) {
  const [data, port] = [await mkdtemp(join(scratch, 'data-')), await freePort()]
  const here = (word: string) =>
    word
      .replaceAll('8787', String(port))
      .replace('/app/', `${app}/`)
      .replace(/^postgres:\/\/.*/, store ?? '')
  const [program = '', ...args] = [...listAfter('ENTRYPOINT'), ...words].map(here)
  expect(program).toBe('node')
  const child = spawn(process.execPath, args, { cwd: data, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe(`Listening on http://0.0.0.0:${port}`)
  const key =
    String((await lines.next()).value)
      .split(': ')
      .at(-1) ?? ''
  const [, ...check] = listAfter('HEALTHCHECK').map(here)
  return {
    store: httpStore({ url: `http://127.0.0.1:${port}`, key }),
    isHealthy: () =>
      promisify(execFile)(process.execPath, check).then(
        () => true,
        () => false,
      ),
    stop: () => stop(child),
  }
}

async function stop(child: ChildProcess): Promise<number | null> {
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  return code
}

const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

test('the image: its packages, its command on an SQLite file, its health check, and SIGTERM', async () => {
  const { store, isHealthy, stop: end } = await startContainer(listAfter('CMD'))
  expect(await isHealthy()).toBe(true)
  expect(await store.append([runEvent()])).toMatchObject({ accepted: 1 })
  expect(await end()).toBe(0)
  expect(await isHealthy()).toBe(false)
})

test('compose: its server on Postgres, which is healthy before the server starts', async () => {
  const { server, postgres } = compose.services
  expect(server.depends_on.postgres.condition).toBe('service_healthy')
  expect(postgres.healthcheck.test).toContain('pg_isready')
  const address = `${await testServer()}?schema=${testSchema()}`
  const { store, isHealthy, stop: end } = await startContainer(server.command, address)
  expect(await isHealthy()).toBe(true)
  expect(await store.append([runEvent()])).toMatchObject({ accepted: 1 })
  expect((await store.runs.usage())[0]?.runs).toBe(1)
  expect(await end()).toBe(0)
})
