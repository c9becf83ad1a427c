import type { AppendReceipt, Store } from '@runtape/core/store'
import { memoryStore, runEvent, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { createRecorder } from './create-recorder.ts'

type Options = Omit<Parameters<typeof createRecorder>[0], 'store' | 'logger'>

function record(append: Store['append'], options: Options = {}) {
  const warnings: string[] = []
  const logger = { warn: (message: string) => warnings.push(message) }
  const { appendSync: _, ...store } = memoryStore()
  const recorder = createRecorder({ store: { ...store, append }, logger, ...options })
  return { recorder, warnings }
}

describe('a store that answers with', () => {
  test.each<[string, unknown]>([
    ['no receipt', undefined],
    ['null', null],
    ['a receipt without conflicting', { accepted: 1, duplicates: 0, conflicts: 0 }],
    ['a receipt of texts', { accepted: '1', duplicates: '0', conflicts: '0', conflicting: 'none' }],
    ['conflicts that name nothing', { accepted: 0, duplicates: 0, conflicts: 2, conflicting: [null, 5] }],
    ['NaN', { accepted: Number.NaN, duplicates: 0, conflicts: 0, conflicting: [] }],
  ])('%s is reported once, and its records count as written', async (_what, receipt) => {
    let calls = 0
    const { recorder, warnings } = record(async () => {
      calls++
      return receipt as AppendReceipt
    })
    for (let count = 0; count < 3; count++) {
      recorder.append(runEvent())
      await recorder.flush()
    }
    expect(calls).toBe(3)
    expect(recorder.diagnostics()).toMatchObject({ queued: { runEvents: 0 } })
    expect(recorder.diagnostics().failing).toBeUndefined()
    for (const count of ['accepted', 'duplicates', 'conflicts'] as const)
      expect(recorder.diagnostics()[count]).toBeGreaterThanOrEqual(0)
    expect(warnings.length).toBeLessThanOrEqual(1)
    await recorder.close()
  })

  test.each([Number.NaN, -5, Infinity, '300', {}, null])(
    'retryAfterMs %o is retried no faster than the back-off allows',
    async retryAfterMs => {
      const waits: number[] = []
      let last = performance.now()
      const append = async () => {
        waits.push(performance.now() - last)
        last = performance.now()
        throw Object.assign(new Error('slow down'), { retryAfterMs })
      }
      const { recorder } = record(append, { retryBaseMs: 40, retryMaxMs: 60, flushAttempts: 4 })
      recorder.append(runEvent())
      await recorder.flush()
      expect(waits).toHaveLength(4)
      expect(Math.min(...waits.slice(1))).toBeGreaterThanOrEqual(19)
    },
  )
})

test('records that arrive while a request is refused wait as long as the refusal asks for', async () => {
  const begins: number[] = []
  const append = async () => {
    begins.push(performance.now())
    await new Promise(resolve => setTimeout(resolve, 50))
    throw Object.assign(new Error('slow down'), { status: 429, retryAfterMs: 400 })
  }
  const { recorder } = record(append, { closeTimeoutMs: 1 })
  const events = setInterval(() => recorder.append(runEvent()), 5)
  recorder.append(runEvent())
  await new Promise(resolve => setTimeout(resolve, 1200))
  clearInterval(events)
  const waits = begins.slice(1).map((at, index) => at - (begins[index] ?? 0))
  expect(waits.length).toBeGreaterThan(0)
  expect(Math.min(...waits)).toBeGreaterThan(400)
  await recorder.close()
})

describe('close of a recorder whose store never responds', () => {
  test('stops waiting after closeTimeoutMs with a warning, and the rest is written at exit', async () => {
    const store = memoryStore()
    const never = () => new Promise<never>(() => {})
    const warnings: string[] = []
    const logger = { warn: (message: string) => warnings.push(message) }
    const recorder = createRecorder({ store: { ...store, append: never }, closeTimeoutMs: 20, logger })
    const spans = [span(), span()]
    for (const each of spans) recorder.append(each)
    await recorder.close()
    expect(warnings).toEqual([
      expect.stringMatching(/^close\(\) stopped waiting for the store after 20 ms\./),
    ])
    expect(recorder.append(span())).toBe(false)
    process.emit('exit', 0)
    for (const { traceId, spanId } of spans) expect(await store.traces.getSpan(traceId, spanId)).toBeDefined()
  })

  test('leaves no listener behind once everything is written', async () => {
    const before = process.listenerCount('exit')
    const { recorder } = record(async records => memoryStore().append(records))
    recorder.append(span())
    expect(process.listenerCount('exit')).toBeGreaterThanOrEqual(before)
    await recorder.close()
    expect(process.listenerCount('exit')).toBe(before)
  })

  test('never rejects because of a store', async () => {
    const throwing = () => {
      throw new Error('at once')
    }
    const { recorder } = record(throwing, { flushAttempts: 1 })
    recorder.append(span())
    await expect(recorder.close()).resolves.toBeUndefined()
  })
})

test('with full memory for run events, append returns false and a warning follows', async () => {
  let isDown = true
  const store = memoryStore()
  const append: Store['append'] = async records => {
    if (isDown) throw new Error('down.')
    return store.append(records)
  }
  const { recorder, warnings } = record(append, { maxRunEvents: 3, flushAttempts: 1 })
  const events = Array.from({ length: 5 }, () => runEvent())
  expect(events.map(event => recorder.append(event))).toEqual([true, true, true, false, false])
  expect(recorder.append({ ...(events[0] as (typeof events)[0]) })).toBe(true)
  await recorder.flush()
  expect(recorder.diagnostics()).toMatchObject({ queued: { runEvents: 3 }, refusedRunEvents: 2 })
  expect(warnings).toContainEqual(
    expect.stringMatching(/^The memory for run events is full: duration of run/),
  )
  isDown = false
  await recorder.flush()
  for (const { runId } of events.slice(0, 3)) expect(await store.runs.get(runId)).toBeDefined()
  expect(recorder.append(events[4] as (typeof events)[0])).toBe(true)
  await recorder.close()
})
