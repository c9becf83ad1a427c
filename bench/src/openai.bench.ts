import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Sink } from '@runtape/core'
import { instrumentOpenAI, tapFetch } from '@runtape/openai'
import { configureTracing, createTracer } from '@runtape/trace'
import OpenAI from 'openai'
import { cannedFetch, chunks } from './canned-openai.ts'
import { countingFetch } from './canned-taps.ts'
import { compareCpu, printPerPart } from './cpu-time.ts'

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

const on =
  <T>(operation: () => T) =>
  () => {
    configureTracing({ sink })
    return operation()
  }
const off =
  <T>(operation: () => T) =>
  () => {
    configureTracing(undefined)
    return operation()
  }
const counting = raw.withOptions({ fetch: countingFetch })
const tracedAsk = createTracer({ sink }).traced('call', async (asked: typeof question) => {
  const { choices } = await raw.chat.completions.create(asked)
  return choices[0]?.message.content
})

await compareCpu('openai, one call (goal: 10 µs)', {
  bare: ask(raw),
  'nobody records': off(ask(instrumented)),
  'traced() around it, text alone': on(() => tracedAsk(question)),
  recorded: on(ask(instrumented)),
})
// The same without the SDK around it: what the tap does costs less where nothing else has been at work meanwhile.
const sent = { method: 'POST', body: JSON.stringify(question), headers: new Headers() }
const url = 'https://api.openai.com/v1/chat/completions'
const tapped = tapFetch(cannedFetch)
const send = (fetch: typeof tapped) => async () => {
  written += (await (await fetch(url, sent)).text()).length
}
await compareCpu('openai, one request', { bare: send(cannedFetch), recorded: on(send(tapped)) })

async function measureStream(name: string, more?: object): Promise<void> {
  const times = await compareCpu(`openai, ${chunks} chunks, ${name}`, {
    bare: read(raw, more),
    'nobody records': off(read(instrumented, more)),
    'counted only': read(counting, more),
    recorded: on(read(instrumented, more)),
  })
  for (const time of times.slice(1)) printPerPart(time, chunks, 'chunk', 150)
}
await measureStream('usage asked for', include_usage)
await measureStream('usage hidden')
configureTracing({ sink })

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
const streams = 200

/** Bytes that are held while so many streams are open, each read to its last chunk but one. */
async function heldBy(client: OpenAI): Promise<number> {
  // What was used before goes in a later turn, and what it held in the one after that.
  for (let turn = 0; turn < 3; turn++) {
    await setImmediate()
    collectGarbage()
  }
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
  `openai, ${streams} open streams, held by each: bare ${kilobytes(bare)}, recorded ${kilobytes(ours)}; ` +
    `each is ${kilobytes(recorded * streams)} so far; ` +
    `ratio without what is recorded ${(Math.max(0, ours - recorded * streams) / bare).toFixed(2)}, ` +
    `with it ${(ours / (bare + recorded * streams)).toFixed(2)} (goal: 1.2)`,
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
console.log(written > 0 ? 'all was written' : 'nothing was written')
