import { createTracer } from '@runtape/trace'

// The memory of an open call, without the application's own function and promise.
const count = 100_000
let ended = 0
const sink = { append: () => ended++, flush: async () => {}, close: async () => {} }
const { traced } = createTracer({ sink })
const gate = Promise.withResolvers<void>()
const wait = async (_n: number) => {
  await gate.promise
}
const waitTraced = traced('wait', wait)

function bytesOf(call: (n: number) => Promise<void>, calls: Promise<void>[]): number {
  const { gc = () => {} } = globalThis as { gc?: () => void }
  const list = new Array<Promise<void>>(count)
  gc()
  const before = process.memoryUsage().heapUsed
  for (let n = 0; n < count; n++) list[n] = call(n)
  gc()
  const bytes = (process.memoryUsage().heapUsed - before) / count
  for (const promise of list) calls.push(promise)
  return bytes
}

const calls: Promise<void>[] = []
const floor = bytesOf(wait, calls)
const bytesPerRoot = Math.round(bytesOf(waitTraced, calls) - floor)
const root = traced('root', async () => {
  const bytes = Math.round(bytesOf(waitTraced, calls) - floor)
  await gate.promise
  return bytes
})()
gate.resolve()
await Promise.all(calls)
console.log(JSON.stringify({ bytesPerRoot, bytesPerChild: await root, ended }))
