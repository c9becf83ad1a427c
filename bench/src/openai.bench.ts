import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Sink } from '@runtape/core'
import { instrumentOpenAI } from '@runtape/openai'
import { configureTracing } from '@runtape/trace'
import OpenAI from 'openai'
import { cannedFetch, chunks } from './canned-openai.ts'
import { measure } from './measure.ts'

// Printed at the end, so that no work is left out as useless.
let written = 0
const sink: Sink = {
  append: record => {
    if (record.kind === 'span') written += record.output?.json.length ?? 0
  },
  flush: async () => {},
  close: async () => {},
}
configureTracing({ sink })

const raw = new OpenAI({ apiKey: 'none', fetch: cannedFetch })
const instrumented = instrumentOpenAI(raw)
const messages = [
  { role: 'system' as const, content: 'You are a helpful support agent. '.repeat(10) },
  { role: 'user' as const, content: 'Where is my order 1842? I have waited for it for two weeks.' },
]
const question = { model: 'gpt-5-mini', messages }
const include_usage = { stream_options: { include_usage: true } }

const ask = (client: OpenAI) => () => client.chat.completions.create(question)
const open = (client: OpenAI, more: object = {}) =>
  client.chat.completions.create({ ...question, ...more, stream: true })
const read = (client: OpenAI, more?: object) => async () => {
  for await (const chunk of await open(client, more)) written += chunk.choices.length
}

const aside = (text: string) => console.log(`${''.padEnd(44)} ${text}`)

const call = await measure('openai, one call', ask(raw), ask(instrumented))
aside(`${((call.subjectNs - call.floorNs) / 1000).toFixed(1)} µs above the bare client`)

async function measureStream(name: string, more?: object): Promise<void> {
  const { floorNs, subjectNs } = await measure(name, read(raw, more), read(instrumented, more))
  aside(`per chunk: ${Math.round((subjectNs - floorNs) / chunks)} ns above the bare client`)
}

await measureStream(`openai, stream of ${chunks} chunks, usage asked for`, include_usage)
await measureStream(`openai, stream of ${chunks} chunks, usage hidden`)
configureTracing(undefined)
await measureStream(`openai, stream of ${chunks} chunks, nobody records`)
configureTracing({ sink })

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const streams = 200

/** Bytes that are held while so many streams are open, each read to its last chunk but one. */
async function heldBy(client: OpenAI): Promise<number> {
  collectGarbage()
  const before = memory()
  const held = await Promise.all(Array.from({ length: streams }, () => readMost(client)))
  collectGarbage()
  const bytes = memory() - before
  await Promise.all(held.map(iterator => iterator.return?.()))
  return bytes
}

async function readMost(client: OpenAI): Promise<AsyncIterator<unknown>> {
  const iterator = (await open(client, include_usage))[Symbol.asyncIterator]()
  for (let chunk = 1; chunk < chunks; chunk++) await iterator.next()
  return iterator
}

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const kilobytes = (bytes: number) => `${Math.round(bytes / streams / 1000)} KB`
await heldBy(raw)
await heldBy(instrumented)
const [bare, ours] = [await heldBy(raw), await heldBy(instrumented)]
const recorded = await recordedOf()
console.log(
  `openai, ${streams} open streams, held by each: bare ${kilobytes(bare)}, recorded ${kilobytes(ours)}, ` +
    `of which are on the way to the tape ${kilobytes(recorded * streams)}; ` +
    `ratio without those ${((ours - recorded * streams) / bare).toFixed(2)}`,
)

/** The bytes that one such stream has to keep. */
async function recordedOf(): Promise<number> {
  const response = await cannedFetch('', { body: '"stream":true include_usage' })
  return (await response.arrayBuffer()).byteLength
}

const folder = fileURLToPath(new URL('..', import.meta.url))
const importMs = (code: string): number => {
  const program = `const start = performance.now(); ${code}; console.log(performance.now() - start)`
  const runs = Array.from({ length: 7 }, () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: folder })),
  )
  return Math.min(...runs)
}
const sdk = importMs("await import('openai')")
const both = importMs("await import('openai'); await import('@runtape/openai')")
console.log(`openai, import: the SDK ${sdk.toFixed(1)} ms, with @runtape/openai ${both.toFixed(1)} ms`)

function sizeOf(path: string): number {
  const stats = statSync(path)
  if (!stats.isDirectory()) return /\.(js|d\.ts)$/.test(path) ? stats.size : 0
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}
const installed = ['core', 'trace', 'openai'].map(name =>
  sizeOf(join(folder, '..', 'packages', name, 'dist')),
)
console.log(
  `openai, installed: ${Math.round(installed.reduce((a, b) => a + b) / 1000)} KB of JavaScript and types, core and trace among them`,
)
aside(written > 0 ? 'all was written' : 'nothing was written')
