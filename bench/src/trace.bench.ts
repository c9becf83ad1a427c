import { AsyncLocalStorage } from 'node:async_hooks'
import type { Sink } from '@runtape/core'
import { createTracer } from '@runtape/trace'
import { documents, order, smallNodes } from './inputs.ts'
import { measure } from './measure.ts'

// The floor of recording a call: a context around it, and its input and output as text.
const storage = new AsyncLocalStorage<object>()
// Printed at the end, so that the engine cannot remove the work as dead code.
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

const small = order
const medium = { question: 'Where is my order?', documents: documents(36) }
const large = { question: 'Where is my order?', documents: documents(1900) }
const many = smallNodes(14_000)

const same = <T>(input: T): T => input
const size = (value: unknown) => `${(JSON.stringify(value).length / 1000).toFixed(1)} KB`

const { floorNs, subjectNs } = await measure(
  `traced(), ${size(small)}`,
  run(bare(same), small),
  run(traced('k', same), small),
)
console.log(`${''.padEnd(44)} ${Math.round(subjectNs - floorNs)} ns above the floor`)
await measure(`traced(), ${size(medium)}`, run(bare(same), medium), run(traced('k', same), medium))

// The caller's wait before the call starts. Its text is written in a later turn: one more `JSON.stringify`.
const longestBlock = async (what: string, input: object) => {
  const started = (fn: (input: object) => unknown) => () => void fn(input)
  const block = await measure(
    `traced(), ${size(input)} of ${what} in`,
    started(bare(async given => count(given))),
    started(traced('k', async (given: object) => count(given))),
  )
  const ms = (ns: number) => `${(ns / 1e6).toFixed(1)} ms`
  console.log(`${''.padEnd(44)} longest block: ${ms(block.subjectNs)}, floor ${ms(block.floorNs)}`)
}
await longestBlock('documents', large)
await longestBlock('small nodes', many)

// Everything at once.
await measure(`the same, till it is written`, run(bare(count), many), run(traced('k', count), many))

function count(input: object): number {
  return Object.keys(input).length
}

function run<T>(fn: (input: T) => unknown, input: T): () => unknown {
  return () => fn(input)
}

const bareNest = bare((input: typeof small) => bare((inner: typeof small) => bare(same)(inner))(input))
const inner = traced('inner', same<typeof small>)
const middle = traced('middle', (input: typeof small) => inner(input))
const outer = traced('outer', (input: typeof small) => middle(input))
await measure(`traced(), three levels of ${size(small)}`, run(bareNest, small), run(outer, small))

const chunks = 500
const perChunk = (ns: number) => `${Math.round(ns / chunks)} ns`

const readAll = async (chunks: AsyncIterable<unknown>) => {
  for await (const chunk of chunks) written += chunk ? 1 : 0
}

async function measureStream(what: string, delta: unknown): Promise<void> {
  async function* stream() {
    for (let chunk = 0; chunk < chunks; chunk++) yield delta
  }
  async function* bareStream() {
    for await (const chunk of storage.run({}, stream)) {
      written += JSON.stringify(chunk).length
      yield chunk
    }
  }
  // Each step runs in its context and is observed, but nothing is kept: the cost of a tap that records nothing.
  const bareTap = () => {
    const steps = stream()
    const { next } = steps
    const look = <T>(step: T): T => step
    return Object.assign(steps, { next: () => storage.run({}, () => next.call(steps)).then(look) })
  }
  const tracedStream = traced('stream', stream)
  const recorded = () => readAll(tracedStream())
  const streams = await measure(`traced(), ${chunks} ${what}`, () => readAll(bareStream()), recorded)
  const untapped = await measure('the same, over nobody recording', () => readAll(stream()), recorded)
  const tapped = await measure(
    'a tap that records nothing',
    () => readAll(stream()),
    () => readAll(bareTap()),
  )
  const aboveFloor = perChunk(streams.subjectNs - streams.floorNs)
  const aboveNone = perChunk(untapped.subjectNs - untapped.floorNs)
  const ofTap = perChunk(tapped.subjectNs - tapped.floorNs)
  const indent = ''.padEnd(44)
  console.log(`${indent} per chunk: ${aboveFloor} above the floor, ${aboveNone} above no recording`)
  console.log(`${indent} per chunk, a tap that records nothing: ${ofTap} above no recording`)
}
await measureStream('chunks of text', ' word')
await measureStream('chunks of a chat', {
  id: 'chatcmpl-1',
  choices: [{ index: 0, delta: { content: ' word' } }],
})
console.log(`${''.padEnd(44)} ${written > 0 ? 'all was written' : 'nothing was written'}`)
