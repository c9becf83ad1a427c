import { createTracer } from '@runtape/trace'
import { collected } from './collected.ts'

const spans: Record<string, string> = {}
const sink = {
  append: (record: object) => {
    const { key, status, output } = record as { key: string; status: string; output: { json: string } }
    if (key in spans) throw new Error(`a second span of ${key}`)
    spans[key] = `${status} ${JSON.parse(output.json).chunks.length}`
  },
  flush: async () => {},
  close: async () => {},
}
const { traced } = createTracer({ sink, logger: { warn: message => process.exit(Number(!message)) } })

async function* ticks(count: number): AsyncGenerator<number> {
  for (let tick = 0; tick < count; tick++) {
    await new Promise(resolve => setTimeout(resolve, 2))
    yield tick
  }
}

const never = traced('never', ticks)
const halfway = traced('halfway', ticks)
const read = traced('read', (count: number) => ({ [Symbol.asyncIterator]: () => ticks(count) }))

async function readTwo(): Promise<void> {
  const stream = halfway(5)
  await stream.next()
  await stream.next()
}

async function readAll(): Promise<void> {
  for await (const _ of read(50)) await collected(() => false, 1)
}

never(3)
await readTwo()
await readAll()
await collected(() => Object.keys(spans).length === 3)
const byKey = Object.entries(spans).sort()
console.log(JSON.stringify(Object.fromEntries(byKey)))
