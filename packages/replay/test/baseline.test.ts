import { beforeEach, describe, expect, test } from 'vitest'
import { sameOutput } from '../src/evaluators/evaluator.ts'
import { assessReport } from '../src/reporting/assess-report.ts'
import { showBaseline, showCause } from '../src/reporting/show-baseline.ts'
import { replay } from '../src/run/replay.ts'
import { testRunReport } from '../src/test-run/stored-report.ts'
import { newTape } from './tape.ts'

type Code = (order: string) => unknown

let chance = 0

beforeEach(() => {
  chance = 0
})

/** Replays recorded orders with the code before and after a change. */
async function compared(before: Code, after: Code, orders: readonly string[] = ['A'], more: object = {}) {
  const { store, recorder, tracer } = newTape()
  const fn = (code: Code) => tracer.traced('fn', async (order: string) => code(order))
  const old = fn(before)
  for (const order of orders) await old(order).catch(() => {})
  await recorder.flush()
  const report = await replay(fn(after), {
    store,
    mock: 'marked',
    baseline: old,
    evaluators: [sameOutput()],
    ...more,
  })
  return { report, store, items: report.items, summary: report.summary, pass: report.summary.pass }
}

const causes = ({ items }: Awaited<ReturnType<typeof compared>>) =>
  items.map(({ baseline }) => baseline?.cause)

test('a difference of the current code alone is due to the change', async () => {
  const found = await compared(
    order => `order ${order}`,
    order => `Order ${order}`,
  )
  expect(causes(found)).toEqual(['change'])
  expect(found.items[0]?.baseline).toMatchObject({ outcome: 'same', error: null })
  expect(found.summary.baseline).toEqual({ change: 1, before: 0, unknown: 0, onlyBefore: 0, missing: 0 })
  expect(found.pass).toBe(false)
})

test('a difference that the environment causes in both is not judged', async () => {
  let region = 'eu'
  const both = () => region
  const { store, recorder, tracer } = newTape()
  const old = tracer.traced('fn', async () => both())
  await old()
  await recorder.flush()
  region = 'us'
  const report = await replay(
    tracer.traced('fn', async () => both()),
    {
      store,
      mock: 'marked',
      baseline: old,
      evaluators: [sameOutput()],
      thresholds: { 'same-output': 0.9 },
    },
  )
  const [item] = report.items
  expect(item).toMatchObject({ outcome: 'changed', baseline: { cause: 'before' } })
  expect(item && showCause(item)).toEqual([
    'changed before too: the code before the change ends in the same way',
  ])
  expect(report.summary.pass).toBe(true)
  expect(assessReport(report)).toMatchObject({ pass: true, problems: [], items: [{ problems: [] }] })
})

test('a random difference is unclear, and unknown is never a pass', async () => {
  const code = () => `${chance++}`
  const found = await compared(code, code)
  expect(causes(found)).toEqual(['unknown'])
  expect(found.pass).toBe(false)
  expect(showBaseline(found.summary)).toEqual([
    'differ from the recording: 0 by the change, 0 before too, 1 unclear',
  ])
})

test('among random differences, the places that only the change explains are named', async () => {
  const found = await compared(
    order => ({ id: chance++, text: order }),
    order => ({ id: chance++, text: order.toLowerCase() }),
  )
  expect(found.items[0]?.baseline).toMatchObject({ cause: 'change', places: ['text'] })
  const only = await compared(
    order => ({ id: chance++, text: order }),
    order => ({ id: chance++, text: order }),
  )
  expect(causes(only)).toEqual(['unknown'])
})

describe('failures', () => {
  const fails = () => {
    throw new Error('no key')
  }

  test('that are there before too are named, and still fail: they show nothing about the change', async () => {
    let works = true
    const both = () => (works ? 1 : fails())
    const { store, recorder, tracer } = newTape()
    const old = tracer.traced('fn', async () => both())
    await old()
    await recorder.flush()
    works = false
    const report = await replay(
      tracer.traced('fn', async () => both()),
      { store, mock: 'marked', baseline: old },
    )
    expect(report.items[0]?.baseline).toMatchObject({ cause: 'before', outcome: 'failed', error: 'no key' })
    expect(report.summary).toMatchObject({ failed: 1, pass: false })
  })

  test('that the change fixes are only before', async () => {
    let works = true
    const { store, recorder, tracer } = newTape()
    const old = tracer.traced('fn', async () => (works ? 1 : fails()))
    await old()
    await recorder.flush()
    works = false
    const { items, summary } = await replay(
      tracer.traced('fn', async () => 1),
      { store, mock: 'marked', baseline: old },
    )
    expect(items[0]).toMatchObject({ outcome: 'same', baseline: { outcome: 'failed', error: 'no key' } })
    expect(items[0]?.baseline?.cause).toBeUndefined()
    expect(summary).toMatchObject({ pass: true, baseline: { onlyBefore: 1 } })
  })
})

test('attempts of both are compared: an ending that also occurs before the change is not due to it', async () => {
  const flips = () => ['a', 'b'][chance++ % 2]
  const found = await compared(flips, flips, ['A'], { attempts: 2 })
  expect(causes(found)).toEqual(['before'])
  expect(found.pass).toBe(true)
})

test('the baseline has a separate test run, and onItem does not receive its items', async () => {
  const told: string[] = []
  const found = await compared(
    order => order,
    order => order,
    ['A', 'B'],
    {
      maxConcurrency: 1,
      onItem: (item: { sourceTraceId: string }) => void told.push(item.sourceTraceId),
    },
  )
  expect(told).toEqual(found.items.map(({ sourceTraceId }) => sourceTraceId))
  const runs = (await found.store.testRuns.list()).items
  expect(runs).toHaveLength(2)
  const own = runs.find(({ testRunId }) => testRunId !== found.report.testRunId)
  expect(own).toMatchObject({
    key: 'fn',
    status: 'completed',
    codeChangeDescription: `Baseline of test run ${found.report.testRunId}`,
  })
  const traces = (await found.store.traces.list({ testRunId: own?.testRunId ?? '', limit: 10 })).items
  expect(traces.map(({ traceId }) => traceId).sort()).toEqual(
    found.items.map(({ baseline }) => baseline?.traceId ?? '').sort(),
  )
})

test('calls that differ before too are not shown as the effect of the change', async () => {
  const { store, recorder, tracer } = newTape()
  let now = 'then'
  const clock = tracer.traced('clock', () => now)
  const added = tracer.traced('added', () => 1)
  const old = tracer.traced('fn', async () => void clock())
  await old()
  await recorder.flush()
  now = 'now'
  const current = tracer.traced('fn', async () => {
    clock()
    added()
  })
  const { items } = await replay(current, { store, mock: 'marked', baseline: old })
  const { callChanges, showCallChange } = await import('../src/reporting/call-changes.ts')
  expect(callChanges(items[0]?.diff).map(showCallChange)).toEqual(['+ added', '≠ clock: output changed'])
  expect(callChanges(items[0]?.diff, items[0]?.baseline?.diff).map(showCallChange)).toEqual(['+ added'])
})

test('another function, and one that is not traced, are refused', async () => {
  const { store, tracer } = newTape()
  const fn = tracer.traced('fn', async () => 1)
  const other = tracer.traced('other', async () => 1)
  await expect(replay(fn, { store, baseline: other })).rejects.toThrow(
    "the traced function 'fn' before the change (got 'other')",
  )
  await expect(replay(fn, { store, baseline: () => 1 })).rejects.toThrow('not traced')
  const isolate = () => Promise.reject(new Error('no'))
  await expect(replay(fn, { store, baseline: fn, isolate })).rejects.toThrow('exclude each other')
})

test('an item that failed before and ends differently now is unclear', async () => {
  let works = true
  const { store, recorder, tracer } = newTape()
  const fails = () => {
    throw new Error('no key')
  }
  const old = tracer.traced('fn', async () => (works ? 1 : fails()))
  await old()
  await recorder.flush()
  works = false
  const { items } = await replay(
    tracer.traced('fn', async () => 2),
    { store, mock: 'marked', baseline: old },
  )
  expect(items[0]).toMatchObject({ outcome: 'changed', baseline: { outcome: 'failed', cause: 'unknown' } })
})

test('the report from the store judges as the replay did, over its shards too, and keeps no text of the baseline', async () => {
  let region = 'eu'
  const { store, recorder, tracer } = newTape()
  const code = async (order: string) => `${region} ${order}`
  const old = tracer.traced('fn', code)
  for (const order of ['A', 'B', 'C']) await old(order)
  await recorder.flush()
  region = 'us'
  const options = { store, mock: 'marked', baseline: old, evaluators: [sameOutput()] } as const
  const current = tracer.traced('fn', code)
  const whole = await replay(current, options)
  expect(whole.summary).toMatchObject({ pass: true, changed: 3, baseline: { before: 3 } })
  const stored = await testRunReport(store, whole.testRunId)
  expect(stored.summary).toMatchObject({ pass: true, changed: 3, baseline: whole.summary.baseline ?? {} })
  expect(stored.items.map(({ baseline }) => baseline?.cause)).toEqual(['before', 'before', 'before'])
  for (const shard of ['1/2', '2/2']) await replay(current, { ...options, testRunId: 'ci-1', shard })
  expect((await testRunReport(store, 'ci-1')).summary).toMatchObject({ pass: true, baseline: { before: 3 } })
  const { facts, summary } = (await store.testRuns.get('ci-1')) ?? {}
  expect(summary).toMatchObject({ pass: true, total: 3 })
  expect(JSON.stringify(facts)).not.toContain('us A')
})
