import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { memorySink } from '@runtape/testing'
import { question, textEvents } from '@runtape/testing/bedrock'
import { configureTracing } from '@runtape/trace'
import { afterEach, expect, test, vi } from 'vitest'
import { ByteLog } from '../src/recorded/byte-log.ts'
import { type Canned, tappedClient } from './canned.ts'
import { valueOf } from './value-of.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

async function used(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    await setImmediate()
    collectGarbage()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const tape = memorySink()
afterEach(() => {
  vi.restoreAllMocks()
  tape.clear()
  configureTracing(undefined)
})

const ends = ['whole', 'broken', 'left', 'too large', 'exception'] as const
const word = (id: number, index: number) => `<${id}:${index % 7 === 0 ? '€\\' : index}>`
const endOf = (id: number) => ends[id % ends.length] as (typeof ends)[number]

function wordsOf(id: number): string[] {
  const length = endOf(id) === 'too large' ? 150 : 30 + (id % 60)
  return Array.from({ length }, (_, index) => word(id, index))
}

function host(id: number): Canned {
  const frames = textEvents(...wordsOf(id))
  if (endOf(id) !== 'broken') return { pieces: frames }
  return { pieces: frames.slice(0, 10), error: new Error(`reset of <${id}:`) }
}

async function use(id: number): Promise<string> {
  const client = tappedClient(() => host(id))
  const modelId = `model-${id}`
  let seen = ''
  try {
    const { stream } = await client.send(new ConverseStreamCommand({ ...question, modelId }))
    let left = endOf(id) === 'left' ? 12 : Number.POSITIVE_INFINITY
    for await (const { contentBlockDelta } of stream ?? []) {
      seen += contentBlockDelta?.delta?.text ?? ''
      await setImmediate()
      if (--left === 0) break
    }
  } catch (error) {
    expect(String(error)).toContain(`<${id}:`)
  }
  return seen
}

test('each of 100 concurrent streams, however it ends, has only its own data in its record', async () => {
  configureTracing({ sink: tape, maxPayloadBytes: 22_000 })
  const seen = await Promise.all(Array.from({ length: 100 }, (_, id) => use(id)))
  expect(tape.calls).toHaveLength(100)
  for (const { model, output } of tape.calls) {
    const id = Number(model?.slice('model-'.length))
    if (endOf(id) === 'too large') {
      expect(output).toMatchObject({ json: 'null', truncated: expect.any(Number) })
      continue
    }
    const { chunks, sizes, message } = valueOf(output) as {
      chunks: string[]
      sizes: number[]
      message: { content: { text: string }[] }
    }
    const bytes = Buffer.concat(chunks.map(one => Buffer.from(one, 'base64')))
    const frames = Buffer.concat([...host(id).pieces])
    expect(bytes).toEqual(frames.subarray(0, bytes.length))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(bytes.length)
    if (endOf(id) !== 'left') expect(bytes.length).toBe(frames.length)
    expect(message.content[0]?.text).toBe(seen[id])
  }
})

test('a stream that was read holds no recorded data, however long the application holds it', async () => {
  configureTracing({ sink: { append: () => {}, flush: async () => {}, close: async () => {} } })
  const pieces = textEvents(...Array.from({ length: 30 }, () => 'x'.repeat(10_000)))
  const client = tappedClient(() => ({ pieces }))
  const before = await used()
  const held: unknown[] = []
  for (let round = 0; round < 20; round++) {
    const answer = await client.send(new ConverseStreamCommand(question))
    for await (const _ of answer.stream ?? []);
    held.push(answer)
  }
  expect((await used()) - before).toBeLessThan(1_500_000)
  expect(held).toHaveLength(20)
})

test('a stream above the size limit keeps none of its earlier bytes', async () => {
  configureTracing({ sink: tape, maxPayloadBytes: 500_000 })
  const pieces = textEvents(...Array.from({ length: 60 }, () => 'x'.repeat(10_000)))
  const before = await used()
  const loops = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const { stream } = await tappedClient(() => ({ pieces })).send(new ConverseStreamCommand(question))
      const steps = stream?.[Symbol.asyncIterator]()
      for (let index = 0; index < 58; index++) await steps?.next()
      return steps
    }),
  )
  // Their aggregate is still known: 10 texts of 0.6 MB.
  expect((await used()) - before).toBeLessThan(9_000_000)
  for (const steps of loops) await steps?.return?.()
  expect(tape.calls.map(({ output }) => output?.json)).toEqual(loops.map(() => 'null'))
})

test('a partly read stream that is garbage-collected is abandoned', async () => {
  configureTracing({ sink: tape })
  await (async () => {
    const { stream } = await tappedClient(() => host(5)).send(new ConverseStreamCommand(question))
    const steps = stream?.[Symbol.asyncIterator]()
    for (let index = 0; index < 3; index++) await steps?.next()
  })()
  await vi.waitFor(
    () => {
      collectGarbage()
      expect(tape.calls.map(({ status }) => status)).toEqual(['abandoned'])
    },
    { timeout: 10_000, interval: 20 },
  )
  expect(valueOf(tape.call.output)).toMatchObject({
    message: { content: [{ text: word(5, 0) + word(5, 1) }] },
  })
})

test.each(['push', 'bytes'] as const)(
  'a fault while storing the bytes (%s) is reported, and the application sees all of them',
  async name => {
    configureTracing({ sink: tape })
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    vi.spyOn(ByteLog.prototype, name).mockImplementation(() => {
      throw new Error('ours')
    })
    expect(await use(5)).toBe(wordsOf(5).join(''))
    expect(warn.mock.calls[0]?.[0]).toContain('Recording a model answer failed')
    expect(tape.calls.map(({ status }) => status)).toEqual(['ok'])
  },
)
