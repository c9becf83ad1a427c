// The programs of docs/serverless.md, in the runtimes for which they are, in front of a real server.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { memoryStore } from '@runtape/testing'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startServer } from '../../packages/server/test/serve.ts'
import { startLambda } from './support/lambda.ts'
import { startWorkerd } from './support/workerd.ts'

const page = readFileSync(new URL('../../docs/serverless.md', import.meta.url), 'utf8')
// Below this folder, for the packages that the programs import.
const folder = mkdtempSync(join(fileURLToPath(new URL('.', import.meta.url)), '.serverless-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A program of the page, by the name in its first line. */
function program(name: string, change: (code: string) => string = code => code): URL {
  const code = new RegExp(`^\`\`\`ts\\n// ${name}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(page)?.[1]
  if (code === undefined) throw new Error(`docs/serverless.md has no ${name}.`)
  const path = join(folder, `${Date.now()}-${basename(name)}`)
  writeFileSync(path, change(code))
  return pathToFileURL(path)
}

/** The application with the route handler of the page, built and started by the real Next.js. */
async function startNext() {
  const app = join(folder, 'next')
  mkdirSync(join(app, 'app', 'ask'), { recursive: true })
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }')
  const layout = 'export default ({ children }) => jsx("html", { children: jsx("body", { children }) })'
  writeFileSync(join(app, 'app', 'layout.js'), `import { jsx } from 'react/jsx-runtime'\n${layout}`)
  const code = readFileSync(program('app/ask/route.ts'), 'utf8')
  writeFileSync(join(app, 'app', 'ask', 'route.js'), stripTypeScriptTypes(code))
  const next = createRequire(import.meta.url).resolve('next/dist/bin/next')
  const options = {
    cwd: app,
    env: { ...process.env, ...env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
  } as const
  await promisify(execFile)(process.execPath, [next, 'build'], options)
  const child = spawn(process.execPath, [next, 'start', '--port', '0', '--hostname', '127.0.0.1'], options)
  onTestFinished(async () => {
    const exit = once(child, 'exit')
    child.kill()
    await exit
  })
  let said = ''
  for await (const chunk of child.stdout) {
    said += String(chunk)
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
    if (url !== undefined && said.includes('Ready')) return url
  }
  throw new Error(`Next.js did not start:\n${said}`)
}

let store = memoryStore()
let env = { RUNTAPE_URL: '', RUNTAPE_KEY: '' }
beforeEach(async () => {
  store = memoryStore()
  const server = await startServer(store)
  env = { RUNTAPE_URL: server.url, RUNTAPE_KEY: server.key }
  onTestFinished(() => server.close())
})

/** What the server has: runs, run events, and traces. */
async function arrived(): Promise<readonly number[]> {
  const { items } = await store.runs.list({ limit: 1000 })
  const traces = await store.traces.list({ limit: 1000 })
  return [items.length, items.flatMap(({ events }) => events).length, traces.items.length]
}

describe.skipIf(process.platform === 'win32')('a Lambda function', () => {
  test('has sent everything when it is frozen, each time', async () => {
    const lambda = await startLambda(program('lambda.ts'), env)
    onTestFinished(lambda.close)
    for (const n of [1, 2, 3]) {
      expect(await lambda.invoke({ question: 'Where?' })).toBe('You asked: Where?')
      expect(await arrived()).toEqual([n, 2 * n, n])
      await sleep(200)
    }
  })

  test('that is frozen before its flush sends what it has when it is thawed, once', async () => {
    const unflushed = (code: string) =>
      code.replace('await recorder.flush()', '').replace('timeoutMs: 5000', 'timeoutMs: 200')
    const lambda = await startLambda(program('lambda.ts', unflushed), env)
    onTestFinished(lambda.close)
    for (const n of [1, 2, 3]) {
      await lambda.invoke({ question: `${n}?` })
      await sleep(500)
    }
    lambda.thaw()
    await expect.poll(arrived, { timeout: 10_000 }).toEqual([3, 6, 3])
    await sleep(500)
    expect(await arrived()).toEqual([3, 6, 3])
  })

  test('that is frozen before its flush, and never thawed, loses what it had not sent', async () => {
    const unflushed = (code: string) => code.replace('await recorder.flush()', '')
    const lambda = await startLambda(program('lambda.ts', unflushed), env)
    await lambda.invoke({ question: 'Where?' })
    await sleep(500)
    // The span waited for a batch.
    expect((await arrived())[2]).toBe(0)
    await lambda.close()
    expect((await arrived())[2]).toBe(0)
  })
})

test('a Cloudflare Worker answers, then sends what it recorded', async () => {
  const workerd = await startWorkerd(program('worker.ts'), env)
  onTestFinished(workerd.close)
  for (const n of [1, 2]) {
    const response = await fetch(`${workerd.url}/?q=Where`)
    expect(await response.text()).toBe('You asked: Where')
    await expect.poll(arrived, { timeout: 10_000 }).toEqual([n, 2 * n, n])
  }
})

test('a route handler of Next.js answers, then sends what it recorded', async () => {
  const url = await startNext()
  for (const n of [1, 2, 3]) {
    expect(await (await fetch(`${url}/ask?q=Where`)).text()).toBe('You asked: Where')
    await expect.poll(arrived, { timeout: 10_000 }).toEqual([n, 2 * n, n])
  }
}, 180_000)
