import { fileURLToPath } from 'node:url'
import { json, message, startFakeAnthropic, text } from '@runtape/testing/anthropic'
import { hostAndTape, programsIn } from '@runtape/testing/vitest'
import { configureTracing } from '@runtape/trace'
import { beforeEach, describe, expect, test } from 'vitest'

const given = hostAndTape(startFakeAnthropic, configureTracing)
const dist = fileURLToPath(new URL('../dist', import.meta.url))
const programs = programsIn(dist, () => ({ FAKE: given.fake.url }))
beforeEach(() => given.fake.answer(json(message([text('ok')]))))

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

describe('import @runtape/anthropic/auto', () => {
  test('records nothing if it is not loaded', async () => {
    expect(await programs.run('none.mjs', esm + body(plain))).toBe('\n')
  })

  test('with --import records the clients of ESM code, and no other request to that path', async () => {
    expect(await programs.run('app.mjs', esm + body(plain), ...byImport)).toBe(recordedOnce)
  })

  test('with --require records the clients of CommonJS code', async () => {
    expect(await programs.run('app.cjs', cjs + body(plain), '--require', '@runtape/anthropic/auto')).toBe(
      recordedOnce,
    )
  })

  test('records a client that is also instrumented only once', async () => {
    const code = esm + body('instrumentAnthropic(new Anthropic(options))')
    expect(await programs.run('twice.mjs', code, ...byImport)).toBe(recordedOnce)
  })
})
