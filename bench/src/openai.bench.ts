import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sink } from '@runtape/core'
import { instrumentOpenAI, tapFetch } from '@runtape/openai'
import { configureTracing, createTracer } from '@runtape/trace'
import OpenAI from 'openai'
import { cannedFetch, chunks } from './canned-openai.ts'
import { countingFetch } from './canned-taps.ts'
import { compareCpu, printPerPart } from './cpu-time.ts'
import { inOwnProcesses } from './openai-processes.ts'

// Printed at the end, so that the engine cannot remove the work as dead code.
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
// The same without the SDK: the tap costs less if no other code ran in between.
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

// As in an application: in this process, the earlier measurements have already warmed everything up.
const own = inOwnProcesses(['bare', 'least', 'careful', 'recorded'])
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`
for (const [subject, { call, stream, held, resident }] of Object.entries(own)) {
  console.log(
    `openai, in a process that does nothing else, ${subject.padEnd(8)} one call ${call.toFixed(1)} µs, one stream ` +
      `${stream.toFixed(0)} µs, held by an open stream ${kilobytes(held)} (all memory: ${kilobytes(resident)})`,
  )
}
console.log(
  `openai, in a process that does nothing else: a call ${(own.recorded.call / own.least.call).toFixed(2)} of the least ` +
    `that records (goal: 1.3) and ${(own.recorded.call / own.careful.call).toFixed(2)} of the least that also looks for ` +
    `secrets and can restore the text, a chunk ${(own.recorded.stream / own.bare.stream).toFixed(2)} of bare, an open stream ` +
    `of ${chunks} chunks holds ${kilobytes(own.recorded.held)} (goal: 28 KB)`,
)

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
const installed = ['core', 'trace', 'provider', 'openai'].map(name =>
  sizeOf(join(folder, '..', 'packages', name, 'dist')),
)
console.log(
  `openai, installed: ${Math.round(installed.reduce((a, b) => a + b) / 1000)} KB of JavaScript and types, core, trace and provider among them`,
)
console.log(written > 0 ? 'all was written' : 'nothing was written')
