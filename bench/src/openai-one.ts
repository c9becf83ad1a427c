// Measures one subject in this process: `openai-one.ts bare | recorded | least | careful`.
import { setImmediate } from 'node:timers/promises'
import type { Sink, SpanRecord } from '@runtape/core'
import { instrumentOpenAI } from '@runtape/openai'
import { configureTracing } from '@runtape/trace'
import OpenAI from 'openai'
import { cannedFetch, chunks } from './canned-openai.ts'
import { carefulFetch, leastFetch } from './canned-taps.ts'

const [subject = 'bare'] = process.argv.slice(2)
let written = 0
const sink: Sink = {
  append: record => {
    written += (record as SpanRecord).output?.json.length ?? 0
  },
  flush: async () => {},
  close: async () => {},
}
const fetchOf = (name: string) => {
  if (name === 'least') return leastFetch(sink)
  return name === 'careful' ? carefulFetch(sink) : cannedFetch
}
const raw = new OpenAI({ apiKey: 'none', fetch: fetchOf(subject) })
if (subject === 'recorded') configureTracing({ sink })
const client = subject === 'recorded' ? instrumentOpenAI(raw) : raw

const messages = [
  { role: 'system' as const, content: 'You are a helpful support agent. '.repeat(10) },
  { role: 'user' as const, content: 'Where is my order 1842? I have waited for it for two weeks.' },
]
const question = { model: 'gpt-5-mini', messages }
const streamed = { ...question, stream: true as const, stream_options: { include_usage: true } }

const ask = () => client.chat.completions.create(question)
async function read(): Promise<void> {
  for await (const chunk of await client.chat.completions.create(streamed)) written += chunk.choices.length
}

/** Microseconds of CPU for one operation: the minimum of many rounds. */
async function cpuOf(operation: () => Promise<unknown>, calls: number, rounds: number): Promise<number> {
  for (let call = 0; call < calls * 8; call++) await operation()
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    await setImmediate()
    const before = process.cpuUsage()
    for (let call = 0; call < calls; call++) await operation()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / calls)
  }
  return least
}

const streams = 400

async function heldByStreams(): Promise<{ held: number; resident: number }> {
  const collect = global.gc as () => void
  const memory = async () => {
    for (let turn = 0; turn < 4; turn++) {
      await setImmediate()
      collect()
    }
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
    return { held: heapUsed + arrayBuffers, rss }
  }
  const before = await memory()
  const open: AsyncIterator<unknown>[] = []
  for (let stream = 0; stream < streams; stream++) open.push(await readMost())
  const after = await memory()
  for (const iterator of open) await iterator.return?.()
  return { held: (after.held - before.held) / streams, resident: (after.rss - before.rss) / streams }
}

/** Reads all words; the final chunk comes next. */
async function readMost(): Promise<AsyncIterator<unknown>> {
  const iterator = (await client.chat.completions.create(streamed))[Symbol.asyncIterator]()
  for (let chunk = 2; chunk < chunks; chunk++) await iterator.next()
  return iterator
}

for (let stream = 0; stream < 20; stream++) await read()
const memory = await heldByStreams()
const call = await cpuOf(ask, 200, 40)
const stream = await cpuOf(read, 10, 40)
console.log(JSON.stringify({ call, stream, ...memory, written: written > 0 }))
