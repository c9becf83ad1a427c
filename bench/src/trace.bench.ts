import { AsyncLocalStorage } from 'node:async_hooks'
import type { Sink } from '@runtape/core'
import { createTracer } from '@runtape/trace'
import { measure } from './measure.ts'

// The least that recording a call can cost: a context around it, and its input and output as text.
const storage = new AsyncLocalStorage<object>()
// Printed at the end, so that no work is left out as useless.
let written = 0

function bare<T>(fn: (input: T) => unknown): (input: T) => unknown {
  return input => {
    written += JSON.stringify([input]).length
    const output = storage.run({}, () => fn(input))
    written += JSON.stringify(output).length
    return output
  }
}

const sink: Sink = {
  append: record => {
    if (record.kind === 'span') written += record.input.json.length
  },
  flush: async () => {},
  close: async () => {},
}
const { traced } = createTracer({ sink })

const order = {
  id: 'order-1842',
  customer: 'c-77',
  items: [
    { sku: 'A-1', quantity: 2, price: 19.9 },
    { sku: 'B-7', quantity: 1, price: 5 },
  ],
  note: 'Please leave it at the door.',
  express: true,
}

const documents = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: `faq-${index}`,
    title: `How to return order ${index}`,
    score: index / count,
    source: { kind: 'faq', page: index },
    text: 'Items can be returned within thirty days of delivery, in their "original" packaging.\n'.repeat(5),
  }))

const small = order
const medium = { question: 'Where is my order?', documents: documents(36) }
const large = { question: 'Where is my order?', documents: documents(1900) }

const same = <T>(input: T): T => input
const size = (value: unknown) => `${(JSON.stringify(value).length / 1000).toFixed(1)} KB`

const { floorNs, subjectNs } = await measure(
  `traced(), ${size(small)}`,
  run(bare(same), small),
  run(traced('k', same), small),
)
console.log(`${''.padEnd(44)} ${Math.round(subjectNs - floorNs)} ns above the floor`)
await measure(`traced(), ${size(medium)}`, run(bare(same), medium), run(traced('k', same), medium))
await measure(`traced(), ${size(large)}`, run(bare(same), large), run(traced('k', same), large))

function run<T>(fn: (input: T) => unknown, input: T): () => unknown {
  return () => fn(input)
}

const bareNest = bare((input: typeof small) => bare((inner: typeof small) => bare(same)(inner))(input))
const inner = traced('inner', same<typeof small>)
const middle = traced('middle', (input: typeof small) => inner(input))
const outer = traced('outer', (input: typeof small) => middle(input))
await measure(`traced(), three levels of ${size(small)}`, run(bareNest, small), run(outer, small))

const chunks = 500
const delta = { id: 'chatcmpl-1', choices: [{ index: 0, delta: { content: ' word' } }] }

async function* stream() {
  for (let chunk = 0; chunk < chunks; chunk++) yield delta
}

async function* bareStream() {
  for await (const chunk of storage.run({}, stream)) {
    written += JSON.stringify(chunk).length
    yield chunk
  }
}

const readAll = async (chunks: AsyncIterable<unknown>) => {
  for await (const chunk of chunks) written += chunk ? 1 : 0
}

const tracedStream = traced('stream', stream)
const streams = await measure(
  `traced(), stream of ${chunks} chunks`,
  () => readAll(bareStream()),
  () => readAll(tracedStream()),
)
const untapped = await measure(
  'the same, over a stream that nobody records',
  () => readAll(stream()),
  () => readAll(tracedStream()),
)
const perChunk = (ns: number) => `${Math.round(ns / chunks)} ns`
console.log(
  `${''.padEnd(44)} per chunk: ${perChunk(streams.subjectNs - streams.floorNs)} above the floor, ${perChunk(untapped.subjectNs - untapped.floorNs)} above no recording`,
)
console.log(`${''.padEnd(44)} ${written > 0 ? 'all was written' : 'nothing was written'}`)
