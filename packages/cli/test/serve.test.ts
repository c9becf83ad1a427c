import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { httpStore } from '@runtape/store-http'
import { payload, runEvent, span } from '@runtape/testing'
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
  const { code, stderr } = await project.runtape(['serve', '--port', new URL(again.url).port])
  expect(stderr).toMatch(
    /^runtape: 127\.0\.0\.1:\d+ is in use, perhaps by another server\. Pass another --port\.\n$/,
  )
  expect(code).toBe(2)
  const reopened = httpStore({ url: again.url, key })
  expect((await reopened.runs.list()).items).toHaveLength(2)
  expect(await again.stop()).toBe(0)
})

test('prune and erase work through a server, with a key that may; a server rewrites no file', async () => {
  const project = await newProject('empty')
  const server = await serve(project)
  const env = { RUNTAPE_KEY: (await server.next()).split(': ').at(-1) ?? '' }
  const store = httpStore({ url: server.url, key: env.RUNTAPE_KEY })
  const context = { kind: 'user', key: 'ada' }
  await store.append([runEvent({ context }), runEvent({ context: { kind: 'user', key: 'bob' }, at: 0 })])
  const remove = (command: string, ...words: string[]) =>
    project.runtape([command, '--store', server.url, ...words], env)
  expect((await remove('prune', '--runs-before', '30d', '--dry-run')).stdout).toMatch(/^1 run /)
  const erased = await remove('erase', '--context', 'user:ada', '--vacuum')
  expect(erased.stdout).toMatch(/^1 run .* erased\.\nA server does not vacuum\. Run the same command/)
  expect(erased.code).toBe(1)
  const [total] = await store.runs.usage()
  expect(total?.runs).toBe(1)
  await server.stop()
})

test('a command that opens the database itself refuses other addresses, and creates no file', async () => {
  const project = await newProject()
  const before = readdirSync(project.folder)
  const server = 'https://tape.example.com'
  for (const words of [
    ['copy', '--from', 'runtape.db', '--to', server],
    ['copy', '--from', 'runtape.db', '--to', server, '--dry-run'],
    ['copy', '--from', server, '--to', 'b.db'],
    ['copy', '--from', 'runtape.db', '--to', 'mysql://localhost/app'],
    ['doctor', '--store', server],
    ['backup', 'b.db', '--store', server],
    ['set-aside', 'list', '--store', server],
    ['serve', '--store', server],
  ]) {
    const { code, stderr } = await project.runtape(words)
    expect(stderr, words.join(' ')).toMatch(/Pass .*postgres:\/\/user@host\/database\.\n$/)
    expect(code, words.join(' ')).toBe(2)
  }
  expect(readdirSync(project.folder)).toEqual(before)
})

test('serve does not start with a database that it cannot use, and makes no key', async () => {
  const project = await newProject('empty')
  const { code, stdout, stderr } = await project.runtape(['serve', '--store', 'postgres://127.0.0.1:1/app'])
  expect(stderr).toMatch(/^runtape: The store postgres:\/\/127\.0\.0\.1:1\/app .* cannot be used/)
  expect([code, stdout]).toEqual([2, ''])
  expect(readdirSync(project.folder)).not.toContain('runtape-keys.json')
})

test('wrong arguments say what to do', async () => {
  const { runtape } = await newProject('empty')
  expect((await runtape(['serve', '--origin', 'https://a.example'])).stderr).toContain('RUNTAPE_SEALING_KEY')
  expect((await runtape(['keys', 'create', '--scope', 'root'])).stderr).toContain('must be one of ingest')
  expect((await runtape(['keys', 'revoke', 'none'])).stderr).toContain('There is no key none')
})

test('a search through a server needs --search, and says so', async () => {
  const project = await newProject('empty')
  const late = span({ input: payload('the parcel is late') })
  const without = await serve(project)
  const key = (await without.next()).split(': ').at(-1) ?? ''
  const store = httpStore({ url: without.url, key })
  await store.append([late])
  await expect(store.search({ text: 'parcel' })).rejects.toThrow(/was never opened with search/)
  expect(await without.stop()).toBe(0)

  const searching = await serve(project, ['--search'])
  const { items } = await httpStore({ url: searching.url, key }).search({ text: 'parcel' })
  expect(items).toHaveLength(1)
  expect(await searching.stop()).toBe(0)
})

test('--prices adds public list prices to calls that OpenTelemetry sends', async () => {
  const project = await newProject('empty')
  const server = await serve(project, ['--prices'])
  const key = (await server.next()).split(': ').at(-1) ?? ''
  const texts = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai' }
  const send = (spanId: string, model: string) => {
    const attributes = [
      ...Object.entries({ ...texts, 'gen_ai.response.model': model }).map(([name, stringValue]) => ({
        ...{ key: name, value: { stringValue } },
      })),
      { key: 'gen_ai.usage.input_tokens', value: { intValue: '1000000' } },
      { key: 'gen_ai.usage.output_tokens', value: { intValue: '0' } },
    ]
    const times = { startTimeUnixNano: '1767225600000000000', endTimeUnixNano: '1767225601000000000' }
    const span = { traceId: spanId.repeat(2), spanId, name: 'chat', ...times, attributes }
    return fetch(`${server.url}/v1/otlp/v1/traces`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
    })
  }
  expect((await send('a'.repeat(16), 'gpt-4o-mini')).status).toBe(200)
  expect((await send('b'.repeat(16), 'house-model')).status).toBe(200)
  const [bill] = await httpStore({ url: server.url, key }).runs.usage({})
  // $0.15 for a million tokens.
  expect(bill).toMatchObject({ runs: 2, cost: { nanoUsd: 150_000_000, unpricedRuns: 1 } })
  expect(await server.stop()).toBe(0)
})
