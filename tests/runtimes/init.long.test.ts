// `runtape init` on small applications as they are, followed as it says, with the real SDK and a host on loopback.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Store } from '@runtape/core/store'
import { sqliteStore } from '@runtape/store-sqlite'
import { memoryStore } from '@runtape/testing'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startServer } from '../../packages/server/test/serve.ts'
import { flagsFor } from '../../scripts/lib/tasks.mjs'
import { typeCheck } from '../support/consumer.ts'
import { modelHost } from '../support/model-host.ts'
import { buildNext, startNext, writeNextApp } from './support/next.ts'
import { startWorkerd } from './support/workerd.ts'

// Below this folder, for the packages that the applications import.
const top = mkdtempSync(join(fileURLToPath(new URL('.', import.meta.url)), '.init-'))
const root = fileURLToPath(new URL('../..', import.meta.url))
const command = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url))
let host: Awaited<ReturnType<typeof modelHost>>
beforeAll(async () => {
  host = await modelHost()
})
afterAll(() => {
  host.close()
  rmSync(top, { recursive: true })
})

interface Application {
  readonly folder: string
  readonly files: Readonly<Record<string, string>>
}

function write({ folder, files }: Application): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

async function node(cwd: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, ...host.env, NO_COLOR: '1' }
  const all = [...flagsFor(process.versions.node), ...args]
  return (await promisify(execFile)(process.execPath, all, { cwd, env })).stdout
}

/** Does what `init` says about each line that makes a client or counts a run, as a person would. */
async function adopt(folder: string, words: readonly string[] = []): Promise<string> {
  const said = await node(folder, [command, 'init', ...words])
  for (const [, file = '', line = ''] of said.matchAll(/^\d+\. (\S+):(\d+): write instrumentOpenAI/gm)) {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n')
    const at = Number(line) - 1
    lines[at] = (lines[at] ?? '').replace(/new OpenAI\((.*)\)$/, 'instrumentOpenAI(new OpenAI($1))')
    const isRequired = lines.some(text => text.includes('require('))
    lines.unshift(
      isRequired
        ? "const { instrumentOpenAI } = require('@runtape/openai')"
        : "import { instrumentOpenAI } from '@runtape/openai'",
    )
    writeFileSync(join(folder, file), lines.join('\n'))
  }
  return said
}

const call = `openai.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Where is it?' }] })`

/** One run, counted once, and its trace. A model on loopback has no price. */
async function expectBilled(store: Store): Promise<void> {
  const runs = async () => (await store.runs.list()).items
  await expect
    .poll(async () => (await runs())[0]?.metrics, { timeout: 10_000 })
    .toMatchObject({
      tokens: { input: 12, output: 4 },
      outcome: expect.anything(),
    })
  expect(await runs()).toHaveLength(1)
  await expect.poll(async () => (await store.traces.list()).items.length, { timeout: 10_000 }).toBe(1)
}

async function expectBilledIn(folder: string): Promise<void> {
  const store = sqliteStore(join(folder, 'runtape.db'))
  onTestFinished(() => store.close())
  await expectBilled(store)
}

describe('an application on Node', () => {
  test.each<[string, string, Readonly<Record<string, string>>]>([
    [
      'of ES modules and TypeScript',
      'src/app.ts',
      {
        'package.json': '{ "type": "module", "dependencies": { "openai": "*" } }',
        'tsconfig.json': '{}',
        'src/app.ts': `import OpenAI from 'openai'\nimport { run } from './runtape.ts'\nconst openai = new OpenAI()\nconst reply = await run('support', () => ${call})\nconsole.log(reply.choices[0]?.message.content)`,
      },
    ],
    [
      'of ES modules and JavaScript',
      'app.js',
      {
        'package.json': '{ "type": "module", "dependencies": { "openai": "*" } }',
        'app.js': `import OpenAI from 'openai'\nimport { run } from './runtape.js'\nconst openai = new OpenAI()\nconst reply = await run('support', () => ${call})\nconsole.log(reply.choices[0].message.content)`,
      },
    ],
    [
      'of CommonJS',
      'app.js',
      {
        'package.json': '{ "dependencies": { "openai": "*" } }',
        'app.js': `const OpenAI = require('openai')\nconst { run } = require('./runtape.js')\nconst openai = new OpenAI()\nrun('support', () => ${call}).then(reply => console.log(reply.choices[0].message.content))`,
      },
    ],
  ])('%s', async (name, program, files) => {
    const folder = join(top, name.replaceAll(' ', '-'))
    write({ folder, files })
    expect(await adopt(folder)).toContain('Found Node, openai.')
    if (program.endsWith('.ts')) await typeCheck(root, folder, program)
    expect(await node(folder, [program])).toBe('Your money is on its way.\n')
    await expectBilledIn(folder)
    expect(await node(folder, [command, 'doctor'])).not.toMatch(/^✗/m)
  })
})

test('an application of Next.js', async () => {
  const folder = join(top, 'next')
  const route = `import OpenAI from 'openai'
import { run } from '../../runtape'
const openai = new OpenAI()
export const dynamic = 'force-dynamic'
export async function GET() {
  const reply = await run('support', () => ${call})
  return new Response(reply.choices[0].message.content)
}`
  const manifest = '{ "type": "module", "dependencies": { "next": "*", "openai": "*" } }'
  writeNextApp(folder, { 'package.json': manifest, 'app/ask/route.js': route })
  expect(await adopt(folder)).toContain('✓ Wrote instrumentation.js')
  await buildNext(folder, host.env)
  const { url, close } = await startNext(folder, 'start', host.env)
  onTestFinished(close)
  expect(await (await fetch(`${url}/ask`)).text()).toBe('Your money is on its way.')
  await expectBilledIn(folder)
}, 180_000)

test('a Worker', async () => {
  const folder = join(top, 'worker')
  const worker = `import OpenAI from 'openai'
import { run, sendRecords } from './runtape.ts'
export default {
  async fetch(request, env, context) {
    const client = { apiKey: 'none', baseURL: env.OPENAI_BASE_URL }
    const openai = new OpenAI(client)
    const reply = await run('support', () => ${call})
    context.waitUntil(sendRecords(env))
    return new Response(reply.choices[0]?.message.content)
  },
}`
  const manifest =
    '{ "type": "module", "dependencies": { "openai": "*" }, "devDependencies": { "wrangler": "*", "typescript": "*" } }'
  write({ folder, files: { 'package.json': manifest, 'worker.ts': worker } })
  expect(await adopt(folder)).toContain('Found Cloudflare Workers, openai.')
  await typeCheck(root, folder, 'runtape.ts')
  const store = memoryStore()
  const server = await startServer(store)
  onTestFinished(() => server.close())
  const env = {
    RUNTAPE_URL: server.url,
    RUNTAPE_KEY: server.key,
    OPENAI_BASE_URL: host.env.OPENAI_BASE_URL ?? '',
  }
  const workerd = await startWorkerd(pathToFileURL(join(folder, 'worker.ts')), env)
  onTestFinished(workerd.close)
  const response = await fetch(workerd.url)
  expect(await response.text()).toBe('Your money is on its way.')
  await expectBilled(store)
})

test('npm create runtape: the first run is counted with its price, taped and replayed', async () => {
  const folder = join(top, 'created')
  const create = fileURLToPath(new URL('../../packages/create-runtape/dist/main.js', import.meta.url))
  for (const sdk of ['openai', 'anthropic', 'google'] as const) {
    const app = join(folder, sdk)
    const said = await node(top, [create, app, '--sdk', sdk, '--no-install'])
    expect(said).toMatch(/^Wrote package\.json, .*\n\nNext:\n {2}cd created/)
    // With a key, the host of the model would be asked.
    const env = {
      ...process.env,
      NO_COLOR: '1',
      OPENAI_API_KEY: '',
      ANTHROPIC_API_KEY: '',
      GEMINI_API_KEY: '',
    }
    const run = async (...args: string[]) => {
      const all = [...flagsFor(process.versions.node), ...args]
      return (await promisify(execFile)(process.execPath, all, { cwd: app, env })).stdout
    }
    await typeCheck(root, app, 'app.ts')
    expect(await run('app.ts')).toBe('Half past eleven.\n')
    await expectBilledIn(app)
    const {
      rows: [bill],
    } = JSON.parse(await run(command, 'usage', '--json'))
    expect(bill.cost).toEqual({ nanoUsd: expect.any(Number), unpricedRuns: 0 })
    expect(await run(command, 'replay', 'answer.ts#answer')).toContain('1 same')
  }
}, 120_000)

test('npm create runtape leaves a folder that is not empty as it is', async () => {
  const create = fileURLToPath(new URL('../../packages/create-runtape/dist/main.js', import.meta.url))
  const folder = join(top, 'used')
  write({ folder, files: { 'notes.txt': 'mine' } })
  await expect(node(top, [create, folder])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('npx runtape init'),
  })
  expect(readdirSync(folder)).toEqual(['notes.txt'])
})

describe('init', () => {
  test('changes nothing the second time, and in a dry run', async () => {
    const folder = join(top, 'again')
    write({ folder, files: { 'package.json': '{ "dependencies": { "openai": "*" } }' } })
    expect(await node(folder, [command, 'init', '--dry-run'])).toContain('Would write runtape.js')
    expect(() => readFileSync(join(folder, 'runtape.js'))).toThrow('ENOENT')
    await node(folder, [command, 'init'])
    const again = await node(folder, [command, 'init'])
    expect(again).toContain('✓ runtape.js is there')
    expect(again).not.toContain('sqliteStore')
    writeFileSync(join(folder, 'runtape.js'), '// mine')
    expect(await node(folder, [command, 'init'])).toContain('Kept runtape.js')
    expect(readFileSync(join(folder, 'runtape.js'), 'utf8')).toBe('// mine')
  })

  test('without a package.json says what to do, and fails', async () => {
    const folder = join(top, 'empty')
    mkdirSync(folder)
    const failed = node(folder, [command, 'init'])
    await expect(failed).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npm create runtape'),
    })
  })
})
