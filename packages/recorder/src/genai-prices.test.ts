import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { genaiPrices } from './genai-prices.ts'

const list = genaiPrices()
const at = Date.UTC(2026, 0, 15)
const million = { input: 1_000_000, output: 1_000_000, total: 2_000_000 }

/** In dollars. */
function dollars(model: string, provider = '', usage: Parameters<typeof list.nanoUsd>[2] = million) {
  const price = list.nanoUsd(model, provider, usage, at)
  return price === undefined ? undefined : Math.round(price) / 1e9
}

describe('the prices of @pydantic/genai-prices', () => {
  test('have the version of the installed package', () => {
    const manifest = new URL('../node_modules/@pydantic/genai-prices/package.json', import.meta.url)
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
    expect(list.version).toBe(`genai-prices@${version}`)
  })

  test.each([
    ['gpt-5', 'openai', 11.25],
    ['gpt-5-2025-08-07', 'OpenAI', 11.25],
    ['gpt-4o', 'azure', 12.5],
    ['claude-opus-4-5', 'anthropic', 30],
    ['claude-sonnet-4-5@20250929', 'vertex', 28.5],
    ['gemini-2.5-flash', 'google', 2.8],
    ['models/gemini-2.5-flash', '', 2.8],
    ['mistral-large-latest', '', 8],
    ['amazon.nova-pro-v1:0', 'Bedrock', 4],
    ['eu.amazon.nova-lite-v1:0', '', 0.3],
    ['global.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws', 18],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws', 19.8],
    ['arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws', 19.8],
    // Called with another vendor's config, but the id is Bedrock's.
    ['us.meta.llama3-3-70b-instruct-v1:0', 'openai', 1.44],
  ])('%s of %j: a million tokens in and a million out', (model, provider, price) => {
    expect(dollars(model, provider)).toBe(price)
  })

  test('count cached input at its own price, as a part of the input', () => {
    const input = { input: 1_000_000, output: 0, total: 1_000_000 }
    expect(dollars('gpt-5', 'openai', input)).toBe(1.25)
    expect(dollars('gpt-5', 'openai', { ...input, cachedInput: 400_000 })).toBe(0.8)
    expect(dollars('claude-haiku-4-5', 'anthropic', { ...input, cacheWrite: 1_000_000 })).toBe(1.25)
    // Without a separate price, it costs the same as other input.
    expect(dollars('gpt-5', 'openai', { ...input, cacheWrite: 1_000_000 })).toBe(1.25)
  })

  test('count each modality at its own rate', () => {
    const input = { input: 1_000_000, output: 0, total: 1_000_000 }
    const output = { input: 0, output: 1_000_000, total: 1_000_000 }
    expect(dollars('gpt-audio-mini', 'openai', input)).toBe(0.6)
    expect(dollars('gpt-audio-mini', 'openai', { ...input, inputAudio: 1_000_000 })).toBe(10)
    expect(dollars('gpt-audio-mini', 'openai', { ...output, outputAudio: 1_000_000 })).toBe(20)
    expect(dollars('gpt-audio-mini', 'openai', { ...input, inputAudio: 500_000 })).toBe(5.3)
    expect(dollars('gpt-realtime', 'openai', { ...input, inputAudio: 1_000_000 })).toBe(32)
    expect(dollars('gpt-realtime', 'openai', { ...input, inputImage: 1_000_000 })).toBe(5)
    expect(dollars('gemini-2.5-flash', 'google', { ...input, inputAudio: 1_000_000 })).toBe(1)
    const cached = { ...input, cachedInput: 1_000_000, inputAudio: 1_000_000, cachedInputAudio: 1_000_000 }
    expect(dollars('gpt-realtime', 'openai', cached)).toBe(0.4)
  })

  test('count cache writes that last an hour at their own rate', () => {
    const input = { input: 100_000, output: 0, total: 100_000, cacheWrite: 100_000 }
    expect(dollars('claude-sonnet-4-5', 'anthropic', input)).toBe(0.375)
    expect(dollars('claude-sonnet-4-5', 'anthropic', { ...input, cacheWrite1h: 100_000 })).toBe(0.6)
    expect(dollars('claude-sonnet-4-5', 'anthropic', { ...input, cacheWrite1h: 40_000 })).toBe(0.465)
  })

  test.each<[string, string, object]>([
    ['a modality that the list has no rate for', 'gpt-5', { inputAudio: 10 }],
    ['images that the model makes without a rate', 'gpt-audio-mini', { outputImage: 10 }],
    ['video', 'gpt-realtime', { inputVideo: 10 }],
    ['cache writes for an hour without a rate', 'gpt-5', { cacheWrite: 10, cacheWrite1h: 10 }],
    ['audio and cached tokens that may overlap', 'gpt-realtime', { cachedInput: 10, inputAudio: 10 }],
    [
      'images and cached tokens that may overlap',
      'gpt-realtime',
      { cachedInput: 10, inputImage: 10, cachedInputAudio: 5 },
    ],
    ['audio and cache writes that may overlap', 'gpt-realtime', { cacheWrite: 10, inputAudio: 10 }],
    ['spoken reasoning', 'gpt-realtime', { reasoning: 10, outputAudio: 10 }],
  ])('are unknown for %s', (_what, model, subsets) => {
    expect(dollars(model, 'openai', { ...million, ...subsets })).toBeUndefined()
  })

  test('count reasoning as output', () => {
    expect(dollars('gpt-5', 'openai', { ...million, reasoning: 900_000 })).toBe(11.25)
  })

  test('of embeddings are only for input', () => {
    const input = { input: 1_000_000, output: 0, total: 1_000_000 }
    expect(dollars('text-embedding-3-small', 'openai', input)).toBe(0.02)
    expect(dollars('text-embedding-3-small', '', input)).toBe(0.02)
    expect(dollars('amazon.titan-embed-text-v2:0', '', input)).toBe(0.1)
  })

  test('are those of the time at which the tokens were used', () => {
    const model = 'us.openai.gpt-5.6-luna'
    const priceAt = (time: number) => list.nanoUsd(model, 'aws', million, time)
    expect(priceAt(Date.UTC(2026, 6, 29))).not.toBe(priceAt(Date.UTC(2026, 6, 31)))
  })
})

describe('there is no price', () => {
  test.each([
    ['a model that is not in the list', 'gpt-9', 'openai'],
    ['a model that no provider is named for', 'house-model', ''],
    ['a provider that is not in the list, whatever the model is called', 'gpt-4o', 'ollama'],
    ['the ids of another host that look like those of Bedrock', 'meta.llama3-3-70b-instruct', 'oci'],
    ['output of a model with a price for input alone', 'text-embedding-3-small', 'openai'],
    ['a model of which the list knows no price', 'mistral-nemo:free', 'mistral'],
  ])('for %s', (_, model, provider) => {
    expect(dollars(model, provider)).toBeUndefined()
  })

  test('for tokens that are neither input nor output', () => {
    expect(dollars('gpt-5', 'openai', { input: 0, output: 0, total: 10 })).toBeUndefined()
    expect(dollars('gpt-5', 'openai', { input: 5, output: 4, total: 10 })).toBeUndefined()
  })
})

test('inconsistent counts throw, for the recorder to report', () => {
  const usage = { input: 10, output: 0, total: 10, cachedInput: 11 }
  expect(() => list.nanoUsd('gpt-5', 'openai', usage, at)).toThrow(/cannot exceed/)
})

test('without the package, the error says how to install it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'runtape-prices-'))
  try {
    mkdirSync(join(folder, 'node_modules/@runtape'), { recursive: true })
    symlinkSync(pathOf('../../core'), join(folder, 'node_modules/@runtape/core'))
    cpSync(pathOf('../dist'), join(folder, 'dist'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const code = `import('./dist/genai-prices.js').then(it => it.genaiPrices()).catch(e => console.log(e.code, e.message))`
    const said = execFileSync(process.execPath, ['-e', code], { cwd: folder, encoding: 'utf8', env: {} })
    expect(said).toMatch(/^invalid-option .*Run npm install @pydantic\/genai-prices/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))
