import { beforeEach, describe, expect, test } from 'vitest'
import { sameOutput } from '../src/evaluators/evaluator.ts'
import { expectedOutput } from '../src/evaluators/expected-output.ts'
import { jsonDiff } from '../src/evaluators/json-diff.ts'
import { judge } from '../src/evaluators/judge.ts'
import { evaluator } from '../src/evaluators/own-evaluator.ts'
import { textSimilarity } from '../src/evaluators/text-similarity.ts'
import { assessReport } from '../src/reporting/assess-report.ts'
import { callChanges, showCallChange } from '../src/reporting/call-changes.ts'
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

describe('a difference that the environment causes in both', () => {
  /** Items end as recorded, or differently in another region. */
  async function inAnotherRegion(more: object, orders = ['A', 'B']) {
    let region = 'eu'
    const { store, recorder, tracer } = newTape()
    const code = async (order: string) => (order === 'same' ? order : `${region} ${order}`)
    const old = tracer.traced('fn', code)
    for (const order of orders) await old(order)
    await recorder.flush()
    region = 'us'
    const report = await replay(tracer.traced('fn', code), { store, mock: 'marked', baseline: old, ...more })
    return { report, judged: assessReport(report), stored: await testRunReport(store, report.testRunId) }
  }

  test('is not judged against the recording', async () => {
    const { report, judged } = await inAnotherRegion({ evaluators: [sameOutput()] }, ['A', 'same'])
    const item = report.items.find(({ outcome }) => outcome === 'changed')
    expect(item?.baseline).toMatchObject({ cause: 'before', excused: ['same-output'] })
    expect(item && showCause(item)).toEqual([
      'changed before too: the code before the change ends in the same way',
    ])
    expect(report.summary).toMatchObject({ pass: true, scores: { 'same-output': { count: 1, excused: 1 } } })
    expect(judged).toMatchObject({ pass: true, problems: [] })
    expect(judged.items.flatMap(({ problems }) => problems)).toEqual([])
  })

  test.each([
    ['same-output', [sameOutput()], {}],
    ['json-diff', [jsonDiff()], { 'json-diff': 0.9 }],
    ['text-similarity', [textSimilarity({ threshold: 1 })], {}],
  ])('is no pass of %s if it has nothing else to judge', async (name, evaluators, thresholds) => {
    const { report, judged, stored } = await inAnotherRegion({ evaluators, thresholds })
    for (const { summary } of [report, stored]) {
      expect(summary).toMatchObject({ pass: false, changed: 2, baseline: { before: 2 } })
      expect(summary.scores[name]).toMatchObject({ pass: false, count: 0, excused: 2, errors: 0 })
    }
    expect(judged.missing).toEqual([
      expect.stringContaining(
        `${name} judged nothing: all 2 items differ from the recording in the same way before`,
      ),
    ])
    expect(assessReport(stored)).toMatchObject({ pass: false, missing: judged.missing })
  })

  test.each([
    ['an own evaluator', evaluator('never', () => false)],
    ['a judge', judge(() => 'no score', { name: 'never' })],
    ['an expected output', expectedOutput()],
  ])('does not excuse %s', async (_, own) => {
    const { report, judged } = await inAnotherRegion({ evaluators: [own] })
    expect(report.items.map(({ baseline }) => baseline?.cause)).toEqual(['before', 'before'])
    expect(report.summary.pass).toBe(false)
    expect(judged.items.map(({ problems }) => problems.length)).toEqual([1, 1])
  })

  test('lets an own evaluator pass it', async () => {
    const { report } = await inAnotherRegion({ evaluators: [evaluator('always', () => true)] })
    expect(report.summary).toMatchObject({ pass: true, scores: { always: { count: 2, passed: 2 } } })
  })
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
  // Nothing else was judged.
  expect(found.pass).toBe(false)
  expect(found.items[0]?.attempts?.map(({ baseline }) => baseline?.cause)).toEqual(['before', undefined])
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
    baselineOf: found.report.testRunId,
  })
  expect(runs.filter(({ baselineOf }) => baselineOf === undefined)).toHaveLength(1)
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
  expect(callChanges(items[0]?.diff).map(showCallChange)).toEqual(['+ added'])
  expect(items[0]?.diff?.changed).toMatchObject([{ key: 'clock', before: 'same' }])
})

describe('what the change does to a call that differs before too is shown', () => {
  interface Calls {
    readonly clock: (zone: string) => unknown
    readonly log: (text: string) => unknown
  }
  type Code = (calls: Calls, now: string) => unknown

  async function changesOf(before: Code, after: Code, more: object = {}) {
    const { store, recorder, tracer } = newTape()
    let now = 'then'
    const calls = {
      clock: tracer.traced('clock', (zone: string) => `${now} ${zone}`),
      log: tracer.traced('log', { mockOnReplay: true }, (text: string) => text.length),
    }
    const traced = (code: Code) => tracer.traced('fn', async () => void code(calls, now))
    const old = traced(before)
    await old()
    await recorder.flush()
    now = 'now'
    const report = await replay(traced(after), { store, mock: 'marked', baseline: old, ...more })
    const stored = await testRunReport(store, report.testRunId)
    const shown = [report, stored].map(({ items }) => callChanges(items[0]?.diff).map(showCallChange))
    expect(shown[0]).toEqual(shown[1])
    return shown[0]
  }

  test('with another output', async () => {
    const zone =
      (name: string): Code =>
      ({ clock }) =>
        clock(name)
    expect(await changesOf(zone('utc'), zone('utc'))).toEqual([])
    expect(await changesOf(zone('utc'), zone('cet'))).toEqual([
      '≠ clock: input and output changed (before the change too, in another way)',
    ])
  })

  test('with another input of an answered call', async () => {
    const logs =
      (text: string): Code =>
      ({ log }, now) =>
        log(`${now}${text}`)
    expect(await changesOf(logs(''), logs(''))).toEqual([])
    expect(await changesOf(logs(''), logs('!'))).toEqual([
      '≠ log: input changed (before the change too, in another way)',
    ])
  })

  test('with one more call than before', async () => {
    const twice: Code = ({ clock }, now) => now === 'now' && clock('a')
    const thrice: Code = ({ clock }, now) => now === 'now' && [clock('a'), clock('a')]
    expect(await changesOf(twice, twice)).toEqual([])
    expect(await changesOf(twice, thrice)).toEqual(['+ clock'])
  })
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
  expect(whole.summary).toMatchObject({ pass: false, changed: 3, baseline: { before: 3 } })
  const stored = await testRunReport(store, whole.testRunId)
  expect(stored.summary).toEqual(whole.summary)
  expect(stored.items.map(({ baseline }) => baseline?.cause)).toEqual(['before', 'before', 'before'])
  for (const shard of ['1/2', '2/2']) await replay(current, { ...options, testRunId: 'ci-1', shard })
  const sharded = await testRunReport(store, 'ci-1')
  expect(sharded.summary).toEqual(whole.summary)
  expect((await store.testRuns.get('ci-1'))?.summary).toEqual(JSON.parse(JSON.stringify(whole.summary)))
  const kept = await Promise.all(
    whole.items.map(({ sourceTraceId }) => store.testRuns.item('ci-1', { sourceTraceId, attempt: 1 })),
  )
  expect(kept.map(item => Object.keys(item?.baseline ?? {}))).toEqual(
    Array(3).fill(['outcome', 'traceId', 'cause', 'excused']),
  )
})

test('a shard that is replayed again, or without a baseline, takes no baseline from the items', async () => {
  const { store, recorder, tracer } = newTape()
  const old = tracer.traced('fn', async (order: string) => order)
  for (const order of ['A', 'B', 'C']) await old(order)
  await recorder.flush()
  const current = tracer.traced('fn', async (order: string) => order.toLowerCase())
  const options = { store, mock: 'marked', testRunId: 'ci-2' } as const
  await replay(current, { ...options, baseline: old, shard: '1/2' })
  await replay(current, { ...options, shard: '2/2' })
  const expected = { change: 2, before: 0, unknown: 0, onlyBefore: 0, missing: 1 }
  expect((await testRunReport(store, 'ci-2')).summary.baseline).toEqual(expected)
  await replay(current, { ...options, baseline: current, shard: '1/2', logger: { warn: () => {} } })
  await replay(current, { ...options, shard: '1/2' })
  const { items, summary } = await testRunReport(store, 'ci-2')
  expect(summary.baseline).toEqual(expected)
  expect(items.flatMap(({ baseline }) => baseline?.cause ?? [])).toEqual(['change', 'change'])
})
