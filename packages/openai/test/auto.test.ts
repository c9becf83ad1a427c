import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { completion, json, startFakeOpenAI } from '@runtape/testing/openai'
import { hostAndTape, programsIn } from '@runtape/testing/vitest'
import { configureTracing } from '@runtape/trace'
import { rolldown } from 'rolldown'
import { beforeEach, describe, expect, test } from 'vitest'

const given = hostAndTape(startFakeOpenAI, configureTracing)
const dist = fileURLToPath(new URL('../dist', import.meta.url))
const programs = programsIn(dist, () => ({ FAKE: given.fake.url }))
beforeEach(() => given.fake.answer(json(completion('ok'))))

const tracing = `
const spans = []
const sink = { append: span => spans.push(span.key + ' ' + span.usage?.total), flush: async () => {}, close: async () => {} }
configureTracing({ sink })
`
const asking = (client: string) => `
const options = { apiKey: 'sk-test', baseURL: process.env.FAKE }
const client = ${client}
client.chat.completions.create({ model: 'm', messages: [] })
  .then(() => client.models.list())
  .then(() => fetch(process.env.FAKE + '/chat/completions', { method: 'POST', body: '{}' }))
  .then(() => console.log(spans.join()))
`
const esm = `import { configureTracing } from '@runtape/trace'
import OpenAI from 'openai'
import { instrumentOpenAI } from '@runtape/openai'
${tracing}`
const cjs = `const { configureTracing } = require('@runtape/trace')
const OpenAI = require('openai')
const { instrumentOpenAI } = require('@runtape/openai')
${tracing}`
const plain = 'new OpenAI(options)'
const recordedOnce = 'openai.chat.completions 29\n'

describe('import @runtape/openai/auto', () => {
  test('records nothing if it is not loaded', async () => {
    expect(await programs.run('none.mjs', esm + asking(plain))).toBe('\n')
  })

  test('with --import records the clients of ESM code, and no other request to that path', async () => {
    expect(await programs.run('app.mjs', esm + asking(plain), '--import', '@runtape/openai/auto')).toBe(
      recordedOnce,
    )
  })

  test('with --require records the clients of CommonJS code', async () => {
    expect(await programs.run('app.cjs', cjs + asking(plain), '--require', '@runtape/openai/auto')).toBe(
      recordedOnce,
    )
  })

  test('as the first import of a bundle records the clients of the bundle', async () => {
    const entry = join(programs.folder, 'entry.mjs')
    await writeFile(entry, `import '@runtape/openai/auto'\n${esm}${asking(plain)}`)
    const bundle = await rolldown({ input: entry, platform: 'node', logLevel: 'silent' })
    const file = join(programs.folder, 'bundle.mjs')
    await bundle.write({ file, format: 'esm', codeSplitting: false })
    await bundle.close()
    expect(await programs.runFile(file)).toBe(recordedOnce)
  })

  test.each([
    ['that is instrumented too', 'instrumentOpenAI(new OpenAI(options))'],
    [
      'that is instrumented with its own fetch',
      'instrumentOpenAI(new OpenAI({ ...options, fetch: (url, init) => fetch(url, init) }))',
    ],
    [
      'that is instrumented with a fetch that makes a new Request',
      'instrumentOpenAI(new OpenAI({ ...options, fetch: async (url, init) => fetch(new Request(url, init)) }))',
    ],
  ])('records a client once %s', async (_, client) => {
    const code = esm + asking(client)
    expect(await programs.run('twice.mjs', code, '--import', '@runtape/openai/auto')).toBe(recordedOnce)
  })

  test('twice taps once, and keeps what other code set on fetch', async () => {
    const code = `
      globalThis.fetch.mine = 1
      await import('@runtape/openai/auto')
      const tapped = fetch
      await import(import.meta.resolve('@runtape/openai/auto') + '?again')
      console.log(tapped === fetch, fetch.mine, fetch.name, fetch.length)`
    expect(await programs.run('again.mjs', code)).toBe('true 1 fetch 1\n')
  })
})
