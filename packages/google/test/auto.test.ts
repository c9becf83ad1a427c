import { fileURLToPath } from 'node:url'
import { generated, json, startFakeGoogle, text } from '@runtape/testing/google'
import { hostAndTape, programsIn } from '@runtape/testing/vitest'
import { configureTracing } from '@runtape/trace'
import { beforeEach, describe, expect, test } from 'vitest'

const given = hostAndTape(startFakeGoogle, configureTracing)
const dist = fileURLToPath(new URL('../dist', import.meta.url))
const programs = programsIn(dist, () => ({ FAKE: given.fake.url }))
beforeEach(() => given.fake.answer(json(generated([text('ok')]))))

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

describe.each(['genai-1', 'genai-2', '@google/genai'])('import @runtape/google/auto, with %s', sdk => {
  test('records nothing if it is not loaded', async () => {
    expect(await programs.run('none.mjs', esm(sdk) + body(plain))).toBe('\n')
  })

  test('with --import records the clients of ESM code, and no other request to that path', async () => {
    expect(await programs.run('app.mjs', esm(sdk) + body(plain), ...byImport)).toBe(recordedOnce)
  })

  test('with --require records the clients of CommonJS code', async () => {
    const flags = ['--require', '@runtape/google/auto']
    expect(await programs.run('app.cjs', cjs(sdk) + body(plain), ...flags)).toBe(recordedOnce)
  })
})

test('records a client that is also instrumented only once', async () => {
  const code = esm('@google/genai') + body('instrumentGoogle(new GoogleGenAI(options))')
  expect(await programs.run('twice.mjs', code, ...byImport)).toBe(recordedOnce)
})
