import { createRecorder } from '@runtape/recorder'
import { memoryStore } from '@runtape/testing'
import { expect, test } from 'vitest'
import { cpuMs } from '../test/cpu-ms.ts'
import { tape } from '../test/tape.ts'

const count = 100_000

test('a trace of depth 100,000 is stored and read back complete', async () => {
  const store = memoryStore()
  const recorder = createRecorder({ store, maxSpans: 2 * count, maxSpanBytes: 1e9 })
  const { traced } = tape({ sink: recorder })
  const down: (n: number) => Promise<number> = traced('down', async (n: number) => {
    await null
    return n === 0 ? 0 : (await down(n - 1)) + 1
  })
  const started = cpuMs()
  expect(await down(count - 1)).toBe(count - 1)
  await recorder.close()
  const [root] = (await store.traces.list()).items
  const trace = await store.traces.get(root?.traceId ?? '')
  expect(cpuMs() - started).toBeLessThan(15_000)
  expect(recorder.diagnostics().droppedSpans).toBe(0)
  const parents = trace?.spans.map(span => span.parentSpanId)
  expect(parents).toEqual([undefined, ...(trace?.spans ?? []).slice(0, -1).map(span => span.spanId)])
  expect(parents).toHaveLength(count)
})
