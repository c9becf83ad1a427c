// The programs of docs/serverless.md, in the runtimes for which they are, in front of a real server.
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { sqliteStore } from '@runtape/store-sqlite'
import { memoryStore } from '@runtape/testing'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startServer } from '../../packages/server/test/serve.ts'
import { startFunction } from './support/lambda.ts'
import {
  type Bundler,
  buildNext,
  type RunningNext,
  startNext,
  startStandalone,
  writeNextApp,
} from './support/next.ts'
import { startWorkerd } from './support/workerd.ts'

const page = readFileSync(new URL('../../docs/serverless.md', import.meta.url), 'utf8')
const root = fileURLToPath(new URL('../..', import.meta.url))
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
    const lambda = await startFunction('lambda', program('lambda.ts'), env)
    onTestFinished(lambda.close)
    for (const n of [1, 2, 3]) {
      expect(await lambda.invoke({ question: 'Where?' })).toBe('You asked: Where?')
      expect(await arrived()).toEqual([n, 2 * n, n])
      await sleep(200)
    }
  })

  test('that is frozen before its flush sends what it has when it is thawed, once', async () => {
    const unflushed = (code: string) =>
      code.replace('await flushTracing()', '').replace('timeoutMs: 5000', 'timeoutMs: 200')
    const lambda = await startFunction('lambda', program('lambda.ts', unflushed), env)
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
    const unflushed = (code: string) => code.replace('await flushTracing()', '')
    const lambda = await startFunction('lambda', program('lambda.ts', unflushed), env)
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

test('AI configs are served in a Cloudflare Worker, and their runs are billed', async () => {
  const workerd = await startWorkerd(new URL('client-worker.ts', import.meta.url), env)
  onTestFinished(workerd.close)
  const served = await (await fetch(workerd.url)).json()
  expect(served).toEqual(['gpt-5-mini', [{ role: 'system', content: 'Answer Ann.' }]])
  const bill = async () => (await store.runs.usage({ groupBy: ['variation'] })).map(row => row.tokens?.total)
  await expect.poll(bill, { timeout: 10_000 }).toEqual([50])
})

describe.skipIf(process.platform === 'win32')('a function of Vercel', () => {
  test('has sent everything when it is frozen, each time', async () => {
    const vercel = await startFunction('vercel', program('api/ask.ts'), env)
    onTestFinished(vercel.close)
    for (const n of [1, 2, 3]) {
      expect(await vercel.invoke({ question: 'Where' })).toBe('You asked: Where')
      expect(await arrived()).toEqual([n, 2 * n, n])
      await sleep(200)
    }
  })

  test('that does not wait for its flush loses the calls, so that the line is needed', async () => {
    const unflushed = (code: string) => code.replace('waitUntil(flushTracing())', '')
    const vercel = await startFunction('vercel', program('api/ask.ts', unflushed), env)
    await vercel.invoke({ question: 'Where' })
    await sleep(500)
    await vercel.close()
    expect((await arrived())[2]).toBe(0)
  })
})

/** An application with the route handler of the page. */
function nextApp(name: string, change?: (code: string) => string): string {
  const app = join(folder, name)
  const code = stripTypeScriptTypes(readFileSync(program('app/ask/route.ts', change), 'utf8'))
  writeNextApp(app, { 'app/ask/route.js': code })
  return app
}

test.each<Bundler>(['turbopack', 'webpack'])(
  'a route handler of Next.js, built by %s, answers, then sends what it recorded',
  async bundler => {
    const app = nextApp(`next-${bundler}`)
    await buildNext(app, env, bundler)
    await expectAnswers(await startNext(app, 'start', env))
  },
  180_000,
)

test('a route handler of Next.js in development with webpack answers, then sends what it recorded', async () => {
  await expectAnswers(await startNext(nextApp('next-dev-webpack'), 'dev', env, 'webpack'))
}, 180_000)

async function expectAnswers({ url, close }: RunningNext): Promise<void> {
  onTestFinished(close)
  for (const n of [1, 2, 3]) {
    expect(await (await fetch(`${url}/ask?q=Where`)).text()).toBe('You asked: Where')
    await expect.poll(arrived, { timeout: 10_000 }).toEqual([n, 2 * n, n])
  }
}

/** The route handler with a file and prices in place of a server, as the page says. */
const withFile = (prices: string) => (code: string) =>
  `import * as prices from '@pydantic/genai-prices'
  import { genaiPrices } from '@runtape/recorder/genai-prices'
  import { sqliteStore } from '@runtape/store-sqlite'
  export const dynamic = 'force-dynamic'\n${code}`.replace(
    /store: httpStore\(.*\)/,
    `store: sqliteStore('runtape.db', { lazy: true }), prices: ${prices}`,
  )

test.each<[Bundler, string]>([
  ['turbopack', 'genaiPrices()'],
  ['turbopack', "genaiPrices(prices, { version: '0.1.8' })"],
  ['webpack', 'genaiPrices()'],
  ['webpack', 'genaiPrices(prices)'],
])(
  'next build with %s of an application with a file and %s opens no file; next start opens it',
  async (bundler, prices) => {
    const app = nextApp(`next-file-${bundler}-${prices.length}`, withFile(prices))
    await buildNext(app, {}, bundler)
    expect(existsSync(join(app, 'runtape.db'))).toBe(false)
    const { url, close } = await startNext(app, 'start')
    onTestFinished(close)
    expect(await (await fetch(`${url}/ask?q=Where`)).text()).toBe('You asked: Where')
    const written = sqliteStore(join(app, 'runtape.db'))
    onTestFinished(() => written.close())
    await expect.poll(async () => (await written.traces.list()).items.length, { timeout: 10_000 }).toBe(1)
  },
  180_000,
)

test('a standalone output of Next.js, which is moved elsewhere, has the prices that are passed', async () => {
  const app = nextApp('next-standalone', withFile("genaiPrices(prices, { version: '0.1.8' })"))
  writeFileSync(join(app, 'next.config.js'), "export default { output: 'standalone' }")
  await buildNext(app)
  const elsewhere = mkdtempSync(join(tmpdir(), 'runtape-standalone-'))
  onTestFinished(() => rmSync(elsewhere, { recursive: true }))
  cpSync(join(app, '.next', 'standalone'), elsewhere, { recursive: true, verbatimSymlinks: true })
  // The output has the layout of the workspace.
  const { url, close } = await startStandalone(join(elsewhere, relative(root, app), 'server.js'))
  onTestFinished(close)
  expect(await (await fetch(`${url}/ask?q=Where`)).text()).toBe('You asked: Where')
}, 180_000)

test.skipIf(process.platform !== 'linux')(
  'next dev that reloads 15 edits has one connection and loses no run',
  async () => {
    const app = nextApp('next-dev', withFile('genaiPrices()'))
    const { url, child, close } = await startNext(app, 'dev')
    onTestFinished(close)
    const route = join(app, 'app', 'ask', 'route.js')
    const before = readFileSync(route, 'utf8')
    const open: number[] = []
    let answers = 0
    for (let edit = 0; edit <= 15; edit++) {
      writeFileSync(route, before.replace('You asked', `${edit} asked`))
      const answer = async () => {
        const response = await fetch(`${url}/ask?q=Where`)
        if (response.ok) answers++
        return response.text()
      }
      await expect.poll(answer, { timeout: 60_000, interval: 100 }).toBe(`${edit} asked: Where`)
      open.push(openFiles(child.pid as number, 'runtape.db'))
    }
    // The store's worker has connections of its own, and may start late.
    expect(new Set(open.slice(8)).size, String(open)).toBe(1)
    const written = sqliteStore(join(app, 'runtape.db'))
    onTestFinished(() => written.close())
    expect((await written.runs.list({ limit: 1000 })).items).toHaveLength(answers)
  },
  180_000,
)

/** How often a process and those that it started have a file open. */
function openFiles(pid: number, name: string): number {
  const children = readdirSync(`/proc/${pid}/task`).flatMap(task =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  )
  const isIt = (fd: string) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).endsWith(name)
    } catch {
      return false
    }
  }
  const own = readdirSync(`/proc/${pid}/fd`).filter(isIt).length
  return children.reduce((sum, child) => sum + openFiles(Number(child), name), own)
}
