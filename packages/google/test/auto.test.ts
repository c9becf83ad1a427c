import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type FakeHost, generated, json, startFakeGoogle, text } from '@runtape/testing/google'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const folder = fileURLToPath(new URL('..', import.meta.url))
let fake: FakeHost
let temporary: string

beforeAll(async () => {
  fake = await startFakeGoogle()
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
const options = { apiKey: 'k', httpOptions: { baseUrl: process.env.FAKE } }
const client = ${client}
client.models.generateContent({ model: 'm', contents: 'Hi' })
  .then(() => client.models.countTokens({ model: 'm', contents: 'Hi' }))
  .then(() => fetch(process.env.FAKE + '/v1/models/m:generateContent', { method: 'POST', body: '{}' }))
  .then(() => console.log(spans.join()))
`
const esm = (sdk: string) => `import { configureTracing } from '@runtape/trace'
import { GoogleGenAI } from '${sdk}'
import { instrumentGoogle } from '@runtape/google'
`
const cjs = (sdk: string) => `const { configureTracing } = require('@runtape/trace')
const { GoogleGenAI } = require('${sdk}')
`
const plain = 'new GoogleGenAI(options)'
const recordedOnce = 'google.generate-content 29\n'
const byImport = ['--import', '@runtape/google/auto']

async function run(name: string, code: string, ...flags: string[]): Promise<string> {
  fake.answer(json(generated([text('ok')])))
  const file = join(temporary, name)
  await writeFile(file, code)
  const env = { ...process.env, FAKE: fake.url }
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, file], { cwd: temporary, env })
  return stdout
}

describe.each(['genai-1', 'genai-2', '@google/genai'])('import @runtape/google/auto, with %s', sdk => {
  test('records nothing where it is not loaded', async () => {
    expect(await run('none.mjs', esm(sdk) + body(plain))).toBe('\n')
  })

  test('by --import records the clients of ESM code, and no other request to that path', async () => {
    expect(await run('app.mjs', esm(sdk) + body(plain), ...byImport)).toBe(recordedOnce)
  })

  test('by --require records the clients of CommonJS code', async () => {
    const flags = ['--require', '@runtape/google/auto']
    expect(await run('app.cjs', cjs(sdk) + body(plain), ...flags)).toBe(recordedOnce)
  })
})

test('records a client that is instrumented too once', async () => {
  const code = esm('@google/genai') + body('instrumentGoogle(new GoogleGenAI(options))')
  expect(await run('twice.mjs', code, ...byImport)).toBe(recordedOnce)
})
