import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { httpStore } from '@runtape/store-http'
import { runEvent } from '@runtape/testing'
import { expect, test } from 'vitest'
import { newProject, type Project, runtapePath } from './project.ts'

/** `runtape serve` in its own process, until `stop`. */
async function serve({ folder }: Project, words: readonly string[] = []) {
  const child = spawn(process.execPath, [runtapePath, 'serve', '--port', '0', ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => (await lines.next()).value ?? ''
  return {
    next,
    url: (await next()).replace('Listening on ', ''),
    kill: () => child.kill('SIGKILL'),
    stop: async () => {
      child.kill('SIGTERM')
      const [code] = await once(child, 'exit')
      return code
    },
  }
}

test('serve prints a first key once; records, queries and keys of a running server; SIGTERM ends it with 0', async () => {
  const project = await newProject('empty')
  const server = await serve(project)
  const key = (await server.next()).split(': ').at(-1) ?? ''
  const store = httpStore({ url: server.url, key })
  expect(await store.append([runEvent({ configKey: 'over-http' })])).toMatchObject({ accepted: 1 })
  const runs = ['runs', '--store', server.url]
  expect((await project.runtape(runs, { RUNTAPE_KEY: key })).stdout).toContain('over-http')
  expect((await project.runtape(runs, { RUNTAPE_KEY: '' })).stderr).toContain('RUNTAPE_KEY=<key>')

  const created = await project.runtape([
    'keys',
    'create',
    '--scope',
    'ingest',
    '--name',
    'checkout',
    '--json',
  ])
  const ingest = JSON.parse(created.stdout)
  const ingesting = httpStore({ url: server.url, key: ingest.key })
  expect(await ingesting.append([runEvent()])).toMatchObject({ accepted: 1 })
  await expect(ingesting.runs.list()).rejects.toThrow(/has the scopes ingest, and this needs read/)
  expect((await project.runtape(['keys', 'list'])).stdout).toContain('checkout')
  expect((await project.runtape(['keys', 'revoke', ingest.id])).code).toBe(0)
  await expect(ingesting.append([runEvent()])).rejects.toThrow(/does not know/)
  expect(await server.stop()).toBe(0)

  const again = await serve(project)
  const reopened = httpStore({ url: again.url, key })
  expect((await reopened.runs.list()).items).toHaveLength(2)
  expect(await again.stop()).toBe(0)
})

test('wrong arguments say what to do', async () => {
  const { runtape } = await newProject('empty')
  expect((await runtape(['serve', '--origin', 'https://a.example'])).stderr).toContain('RUNTAPE_SEALING_KEY')
  expect((await runtape(['keys', 'create', '--scope', 'root'])).stderr).toContain('must be one of ingest')
  expect((await runtape(['keys', 'revoke', 'none'])).stderr).toContain('There is no key none')
})
