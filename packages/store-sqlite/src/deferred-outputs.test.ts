import { newTraceId } from '@runtape/core/internal'
import { payload, span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { sqliteStore } from './sqlite-store.ts'

test('large outputs that can be loaded later are replaced by their size in bytes, and others are not', async () => {
  const store = sqliteStore(':memory:')
  const root = span({ output: payload('x'.repeat(9_000)) })
  const { traceId, spanId: parentSpanId } = root
  const outputs = ['ä'.repeat(4_000), 'x'.repeat(7_997), 'x'.repeat(7_998)].map(payload)
  const children = outputs.map((output, seq) => span({ traceId, parentSpanId, seq, output }))
  const sync = span({ traceId, parentSpanId, seq: 3, resultKind: 'value', output: outputs[0] })
  await store.append([root, ...children, sync])
  const trace = await store.traces.get(traceId, { deferOutputsFrom: 8_000 })
  expect(trace?.spans.map(({ output }) => output)).toEqual([
    root.output,
    { json: 'null', deferred: 8_002 },
    outputs[1],
    { json: 'null', deferred: 8_000 },
    sync.output,
  ])
  await store.close()
})

test('a trace of 100 MB without its outputs is read in a fraction of the time', async () => {
  const store = sqliteStore(':memory:')
  const traceId = newTraceId()
  const root = span({ traceId })
  for (let seq = 0; seq < 100; seq++) {
    const output = payload(`${seq}`.padEnd(1_000_000))
    store.appendSync([span({ traceId, parentSpanId: root.spanId, seq, output })])
  }
  store.appendSync([root])
  const [whole] = await cpuOf(() => store.traces.get(traceId))
  const [without, trace] = await cpuOf(() => store.traces.get(traceId, { deferOutputsFrom: 8_000 }))
  expect(trace?.spans.filter(({ output }) => output?.deferred)).toHaveLength(100)
  expect(without).toBeLessThan(whole / 4)
  await store.close()
})

async function cpuOf<T>(run: () => Promise<T>): Promise<[micros: number, result: T]> {
  const before = process.cpuUsage()
  const result = await run()
  const { user, system } = process.cpuUsage(before)
  return [user + system, result]
}
