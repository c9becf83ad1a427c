import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type FakeHost, json, message, startFakeAnthropic, text } from '@runtape/testing/anthropic'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const folder = fileURLToPath(new URL('..', import.meta.url))
let fake: FakeHost
let temporary: string

beforeAll(async () => {
  fake = await startFakeAnthropic()
  temporary = await mkdtemp(join(folder, 'dist', '.auto-'))
})
afterAll(async () => {
  await fake.close()
  await rm(temporary, { recursive: true })
})

const body = (client: string) => `
const spans = []
const sink = { append: span => spans.push(span.key + ' ' + span.usage?.total), flush: async () => {}, close: async () => {} }
configureTracing({ sink })
const options = { apiKey: 'sk-test', baseURL: process.env.FAKE }
const client = ${client}
client.messages.create({ model: 'm', max_tokens: 5, messages: [] })
  .then(() => client.models.list())
  .then(() => fetch(process.env.FAKE + '/v1/messages', { method: 'POST', body: '{}' }))
  .then(() => console.log(spans.join()))
`
const esm = `import { configureTracing } from '@runtape/trace'
import Anthropic from '@anthropic-ai/sdk'
import { instrumentAnthropic } from '@runtape/anthropic'
`
const cjs = `const { configureTracing } = require('@runtape/trace')
const Anthropic = require('@anthropic-ai/sdk')
`
const plain = 'new Anthropic(options)'
const recordedOnce = 'anthropic.messages 57\n'
const byImport = ['--import', '@runtape/anthropic/auto']

async function run(name: string, code: string, ...flags: string[]): Promise<string> {
  fake.answer(json(message([text('ok')])))
  const file = join(temporary, name)
  await writeFile(file, code)
  const env = { ...process.env, FAKE: fake.url }
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, file], { cwd: temporary, env })
  return stdout
}

describe('import @runtape/anthropic/auto', () => {
  test('records nothing where it is not loaded', async () => {
    expect(await run('none.mjs', esm + body(plain))).toBe('\n')
  })

  test('by --import records the clients of ESM code, and no other request to that path', async () => {
    expect(await run('app.mjs', esm + body(plain), ...byImport)).toBe(recordedOnce)
  })

  test('by --require records the clients of CommonJS code', async () => {
    expect(await run('app.cjs', cjs + body(plain), '--require', '@runtape/anthropic/auto')).toBe(recordedOnce)
  })

  test('records a client that is instrumented too once', async () => {
    const code = esm + body('instrumentAnthropic(new Anthropic(options))')
    expect(await run('twice.mjs', code, ...byImport)).toBe(recordedOnce)
  })
})
