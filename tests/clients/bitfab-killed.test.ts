import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { httpStore } from '@runtape/store-http'
import { Bitfab, flushTraces } from 'bitfab'
import { expect, onTestFinished, test } from 'vitest'
import { newProject, runtapePath } from '../../packages/cli/test/project.ts'

/** `runtape serve` in its own process. */
async function serve(folder: string, port = '0') {
  const child = spawn(process.execPath, [runtapePath, 'serve', '--port', port], {
    ...{ cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => (await lines.next()).value ?? ''
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    child.kill(signal)
    await once(child, 'exit')
  }
  return { next, url: (await next()).replace('Listening on ', ''), end }
}

async function flush() {
  for (let round = 0; round < 3; round++) {
    await flushTraces()
    await new Promise(setImmediate)
  }
}

test('a server that is killed loses nothing that it answered: traces, and a replay that goes on with the next one', async () => {
  const { folder, runtape } = await newProject('empty')
  const first = await serve(folder)
  const key = (await first.next()).split(': ').at(-1) ?? ''
  const client = new Bitfab({ apiKey: key, serviceUrl: first.url })
  const model = client.withSpan('agent', { name: 'model', type: 'llm' }, async (text: string) => text)
  let restart: (() => Promise<unknown>) | undefined
  const agent = client.withSpan('agent', { name: 'agent', type: 'agent' }, async (text: string) => {
    await restart?.()
    return model(text)
  })
  for (const text of ['a', 'b']) await agent(text)
  await flush()
  await first.end('SIGKILL')

  const second = await serve(folder, new URL(first.url).port)
  let third: Awaited<ReturnType<typeof serve>> | undefined
  restart = async () => {
    restart = undefined
    await second.end('SIGKILL')
    third = await serve(folder, new URL(first.url).port)
  }
  const { items, testRunId } = await client.replay('agent', agent, { mock: 'all', maxConcurrency: 1 })
  await flush()
  expect(items.map(({ result, error }) => [result, error])).toEqual([
    ['b', null],
    ['a', null],
  ])
  const store = httpStore({ url: first.url, key })
  expect(await store.testRuns.get(testRunId)).toMatchObject({ status: 'completed', items: { same: 2 } })
  expect((await runtape(['report', '--store', first.url], { RUNTAPE_KEY: key })).stdout).toContain('agent')
  await third?.end('SIGTERM')
}, 60_000)
