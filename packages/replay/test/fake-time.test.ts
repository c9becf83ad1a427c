import { expect, test } from 'vitest'
import { inFakeTime } from './fake-time.ts'
import { newTape } from './tape.ts'

test('recordings in fake time have exact times', async () => {
  const tape = newTape()
  const wait = tape.tracer.traced('wait', async (ms: number) => {
    await new Promise(resolve => setTimeout(resolve, ms))
  })
  const fn = tape.tracer.traced('fn', async () => Promise.all([wait(80), wait(40)]))
  await inFakeTime(fn)
  await tape.recorder.flush()
  const { items } = await tape.store.traces.list()
  const trace = await tape.store.traces.get(items[0]?.traceId ?? '')
  expect(trace?.spans.map(({ durationMs }) => durationMs).sort()).toEqual([40, 80, 80])
})
