import { realClock } from '@runtape/core/internal'
import { createTracer, currentSpan } from '@runtape/trace'
import { collected } from './collected.ts'

// Calls that can never end, in a process that continues: each is recorded once, and leaves memory.
const spans: Record<string, unknown>[] = []
const sink = {
  append: (record: object) => {
    const { key, status, resultKind, tags, durationMs } = record as Record<string, unknown>
    spans.push({ key, status, resultKind, tags, isLong: (durationMs as number) > 60_000 })
  },
  flush: async () => {},
  close: async () => {},
}
const { traced } = createTracer({ sink })
let waiting = 0
const { now } = realClock
realClock.now = () => now() + waiting

let finish = (_: string) => {}
const slow = traced('slow', () => new Promise<string>(resolve => (finish = resolve)))()
void traced('lost', async () => {
  currentSpan()?.addTags('early')
  await new Promise(() => {})
})()
void traced('secret', async () => {
  currentSpan()?.drop()
  await new Promise(() => {})
})()
let finishOpen = () => {}
void traced('open', () => new Promise<void>(resolve => (finishOpen = resolve)))()

waiting = 61_000
const next = traced('next', () => 1)
for (let call = 0; call < 1024; call++) next()
spans.length = 0
await collected(() => spans.length > 0)
finish('done')
await slow
console.log(JSON.stringify(spans))
spans.length = 0
process.on('exit', () => {
  console.log(JSON.stringify(spans))
  finishOpen()
})
