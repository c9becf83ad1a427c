import type { CallValue } from '@runtape/core'
import { currentFrame } from '@runtape/core/internal'
import { memoryStore, runEvent } from '@runtape/testing'
import { createTracker } from '@runtape/tracker'
import { expect, test } from 'vitest'
import { createRecorder } from './create-recorder.ts'

const usage = { input: 1, output: 1, total: 2 }

test('successful calls without usable usage are counted', async () => {
  const store = memoryStore()
  const recorder = createRecorder({ store })
  expect(recorder.diagnostics().unknownUsageCalls).toBe(0)
  const call = (id: string, value: Partial<CallValue>) =>
    currentFrame()
      ?.run?.startCall(id)
      .end({ status: 'success', durationMs: 5, ...value })
  createTracker({ sink: recorder, configKey: 'test' }).run(() => {
    call('1', {})
    call('2', { model: 'm' })
    call('3', { usage })
    call('4', { status: 'error' })
    call('5', { status: 'cancelled' })
  })
  const replay = { testRunId: 't', traceId: 'a'.repeat(32) }
  recorder.append(runEvent({ metric: 'call:6', value: { status: 'success', durationMs: 5 }, replay }))
  expect(recorder.diagnostics().unknownUsageCalls).toBe(2)
  await recorder.flush()
  expect(await store.runs.usage()).toMatchObject([{ runs: 1, unknownUsageRuns: 1 }])
  await recorder.close()
})
