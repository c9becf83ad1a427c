import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type FakeHost, startFakeHost } from '@runtape/testing/host'
import { type Ended, runtapePath } from './project.ts'

const packages = fileURLToPath(new URL('../..', import.meta.url))
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const stripFlags = major === 22 && minor < 18 ? ['--experimental-strip-types'] : []

/** An agent with a prompt in its own file, a mocked tool and a real OpenAI client. */
const files: Readonly<Record<string, string>> = {
  'package.json': '{"type":"module"}',
  'src/prompt.ts': `import { traced } from '@runtape/trace'
export const prompt = traced('support.prompt', (order: string) => 'Answer politely. Order ' + order)
`,
  'src/agent.ts': `import { instrumentOpenAI } from '@runtape/openai'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing, traced } from '@runtape/trace'
import OpenAI from 'openai'
import { prompt } from './prompt.ts'

export const recorder = createRecorder({ store: sqliteStore('runtape.db') })
configureTracing({ sink: recorder })
const openai = instrumentOpenAI(new OpenAI({ baseURL: process.env.HOST, apiKey: 'test', maxRetries: 0 }))
const lookup = traced('orders.lookup', { type: 'tool', mockOnReplay: true }, async (order: string) => ({ order, status: 'shipped' }))

export const answer = traced('support.answer', async (order: string) => {
  const { status } = await lookup(order)
  if (order === 'none') return 'no order'
  const { choices } = await openai.chat.completions.create({
    model: process.env.MODEL ?? 'gpt-4o-mini',
    messages: [{ role: 'user', content: prompt(order) + ' is ' + status }],
  })
  return choices[0]?.message.content
})
`,
  'src/record.ts': `import { answer, recorder } from './agent.ts'
for (const order of (process.env.ORDERS ?? 'A-1,A-2,A-3,A-4').split(',')) await answer(order)
await recorder.close()
`,
}

export interface ModelProject {
  readonly folder: string
  readonly host: FakeHost
  write(name: string, content: string): void
  run(program: string, words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Records calls of the agent. */
  record(env?: Readonly<Record<string, string>>): Promise<Ended>
  /** \`runtape replay ./src/agent.ts#answer …\` */
  replay(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
}

/** A project whose agent calls a model on loopback. Each answer takes 1,000,000 input tokens: $0.15 with gpt-4o-mini. */
export async function newModelProject(): Promise<ModelProject> {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-cli-'))
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@runtape'), { recursive: true })
  for (const name of ['core', 'openai', 'recorder', 'replay', 'store-sqlite', 'trace', 'tracker'])
    symlinkSync(join(packages, name), join(modules, '@runtape', name))
  symlinkSync(join(packages, 'openai/node_modules/openai'), join(modules, 'openai'))
  const write = (name: string, content: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  for (const [name, content] of Object.entries(files)) write(name, content)
  const host = await startFakeHost('/v1')
  host.answer((response, { body }) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(completion(String(body.model), shown(body))))
  })
  const run = (program: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    ended(folder, program, words, { HOST: host.url, ...env })
  const node = (words: readonly string[], env?: Readonly<Record<string, string>>) =>
    run(process.execPath, words, env)
  return {
    folder,
    host,
    write,
    run,
    record: env => node([...stripFlags, 'src/record.ts'], env),
    replay: (words, env) => node([runtapePath, 'replay', './src/agent.ts#answer', ...words], env),
  }
}

const shown = ({ messages }: Readonly<Record<string, unknown>>): string =>
  String((messages as { content: string }[] | undefined)?.[0]?.content).toUpperCase()

const completion = (model: string, content: string) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model,
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
  usage: { prompt_tokens: 1_000_000, completion_tokens: 0, total_tokens: 1_000_000 },
})

async function ended(
  cwd: string,
  program: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  const { NODE_OPTIONS: _options, NODE_PATH: _path, CI: _ci, GITHUB_RUN_ID: _run, ...outer } = process.env
  const child = spawn(program, words, { cwd, env: { ...outer, NO_COLOR: '1', ...env } })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, stdout, stderr }
}
