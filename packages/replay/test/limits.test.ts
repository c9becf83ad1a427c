import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PriceList } from '@runtape/core'
import { realTimers } from '@runtape/core/internal'
import { configureTracing, encodeValue } from '@runtape/trace'
import { defineSpan, startSpan } from '@runtape/trace/provider'
import { afterEach, describe, expect, test } from 'vitest'
import { dryRun } from '../src/dry-run/dry-run.ts'
import type { LiveCall } from '../src/limits/live-call.ts'
import type { ReplaySummary } from '../src/report.ts'
import { assessReport } from '../src/reporting/assess-report.ts'
import { replay } from '../src/run/replay.ts'
import { tapeStore } from '../src/tapes/tape-store.ts'
import { exportTape } from '../src/tapes/write-tape.ts'
import { testRunReport } from '../src/test-run/stored-report.ts'
import { newTape } from './tape.ts'

afterEach(() => configureTracing(undefined))

/** A dollar for a thousand tokens. */
const prices: PriceList = {
  version: 'test',
  nanoUsd: (model, _provider, { total }) => (model === 'm' ? total * 1_000_000 : undefined),
}

/** Recorded calls of a function that calls a model for 1,000 tokens each time. */
async function recorded(count: number, model = 'm') {
  const tape = newTape()
  configureTracing({ sink: tape.recorder })
  const ask = () => {
    const call = startSpan(defineSpan('ask', { type: 'model' }), () => encodeValue([]))
    call?.setModel({ model, usage: { input: 1000, output: 0, total: 1000 } })
    call?.end({ status: 'ok', resultKind: 'promise', output: encodeValue(1) })
  }
  const helper = tape.tracer.traced('helper', { mockOnReplay: true }, (n: number) => n + 1)
  const fn = tape.tracer.traced('fn', async (n: number) => {
    ask()
    return helper(n)
  })
  for (let n = 0; n < count; n++) await fn(n)
  await tape.recorder.flush()
  return { ...tape, fn }
}

describe('maxCostUsd', () => {
  test('stops before the next item, marks the test run, and reports each live call', async () => {
    const { store, fn } = await recorded(4)
    const told: LiveCall[] = []
    const limits = { prices, maxCostUsd: 2, onSpend: (call: LiveCall) => void told.push(call) }
    const report = await replay(fn, { store, mock: 'marked', maxConcurrency: 1, ...limits })
    expect(report.spending).toEqual({
      nanoUsd: 2e9,
      unpriced: [],
      maxCostUsd: 2,
      stopped: 'max-cost',
      running: 1,
    })
    expect(report.summary).toMatchObject({ total: 4, notRun: 2, same: 2, pass: false })
    expect(report.status).toBe('interrupted')
    expect((await store.testRuns.get(report.testRunId))?.status).toBe('interrupted')
    expect(told).toEqual([
      { key: 'ask', model: 'm', nanoUsd: 1e9 },
      { key: 'ask', model: 'm', nanoUsd: 1e9 },
    ])
    expect(assessReport(report).missing).toEqual([
      'not all of 4 traces were replayed: 2 not started',
      'stopped by --max-cost: $2.00 of $2 spent; 1 running item was not stopped',
    ])
  })

  test('an unknown price is never a pass, also in the last item', async () => {
    const { store, fn } = await recorded(1, 'house')
    const report = await replay(fn, { store, mock: 'marked', prices, maxCostUsd: 5 })
    expect(report.summary).toMatchObject({ notRun: 0, same: 1, pass: false })
    expect(report.spending).toMatchObject({ nanoUsd: 0, stopped: 'unpriced' })
    const allowed = await replay(fn, { store, mock: 'marked', prices, maxCostUsd: 5, allowUnpriced: true })
    expect(allowed.summary.pass).toBe(true)
    expect(allowed.spending?.unpriced).toEqual([
      { key: 'ask', model: 'house', reason: 'its model has no price', calls: 1 },
    ])
  })

  test('a lost process may have spent anything', async () => {
    const { store, fn } = await recorded(2)
    const isolate = () => Promise.reject(new Error('killed'))
    const { spending, items } = await replay(fn, { store, prices, maxCostUsd: 5, maxConcurrency: 1, isolate })
    expect(items).toHaveLength(1)
    expect(spending).toMatchObject({ stopped: 'unpriced', unpriced: [{ key: 'fn', calls: 1 }] })
  })

  /** Items whose model call never ends, ends after its item, or is refused. */
  async function outliving(kind: 'hangs' | 'ends late' | 'is refused late', count = 3) {
    const tape = newTape()
    configureTracing({ sink: tape.recorder })
    let isReplay = false
    const ask = () => {
      const call = startSpan(defineSpan('ask', { type: 'model' }), () => encodeValue([]))
      const end = () => {
        call?.setModel({
          model: 'm',
          ...(kind === 'ends late' && { usage: { input: 1000, output: 0, total: 1000 } }),
        })
        const refused = { status: 'error', output: encodeValue({ status: 503 }) } as const
        call?.end({
          status: 'ok',
          resultKind: 'promise',
          ...(kind === 'is refused late' ? refused : {}),
        } as never)
      }
      if (!isReplay) end()
      else if (kind !== 'hangs') realTimers.setTimeout(end, 150)
    }
    const fn = tape.tracer.traced('fn', async () => {
      ask()
      if (isReplay && kind === 'hangs')
        await new Promise(resolve => realTimers.setTimeout(resolve, 60_000).unref())
    })
    for (let n = 0; n < count; n++) await fn()
    await tape.recorder.flush()
    isReplay = true
    return { ...tape, fn }
  }
  const inFlight = { key: 'ask', reason: 'it was still running when its item ended' }

  test('a call in flight at a timeout is reported as unpriced, and stops the replay', async () => {
    const { store, fn } = await outliving('hangs')
    const options = { store, mock: 'marked', prices, maxConcurrency: 1, itemTimeoutMs: 50 } as const
    const limited = await replay(fn, { ...options, maxCostUsd: 5 })
    expect(limited.items).toHaveLength(1)
    expect(limited.spending).toMatchObject({
      nanoUsd: 0,
      stopped: 'unpriced',
      unpriced: [{ ...inFlight, calls: 1 }],
    })
    expect(limited.summary.pass).toBe(false)
    const { spending } = await replay(fn, options)
    expect(spending).toEqual({ nanoUsd: 0, unpriced: [{ ...inFlight, calls: 3 }] })
    const { spending: allowed } = await replay(fn, { ...options, maxCostUsd: 5, allowUnpriced: true })
    expect(allowed?.unpriced).toEqual([{ ...inFlight, calls: 3 }])
  })

  test('a call in flight when the replay is stopped is reported as unpriced', async () => {
    const { store, fn } = await outliving('hangs')
    const controller = new AbortController()
    realTimers.setTimeout(() => controller.abort(new Error('enough')), 50)
    const { spending } = await replay(fn, {
      store,
      mock: 'marked',
      prices,
      maxConcurrency: 1,
      signal: controller.signal,
    })
    expect(spending?.unpriced).toEqual([{ ...inFlight, calls: 1 }])
  })

  test.each([
    ['ends late', { nanoUsd: 1e9, unpriced: [], maxCostUsd: 1, stopped: 'max-cost' }],
    ['is refused late', { nanoUsd: 0, unpriced: [], maxCostUsd: 1 }],
  ] as const)(
    'with a limit, a call that %s is waited for before the next item starts',
    async (kind, spending) => {
      const { store, fn } = await outliving(kind)
      const report = await replay(fn, { store, mock: 'marked', prices, maxConcurrency: 1, maxCostUsd: 1 })
      expect(report.spending).toMatchObject(spending)
      expect(report.items).toHaveLength(kind === 'ends late' ? 1 : 3)
    },
  )

  test('the spending that other processes report counts', async () => {
    const { store, fn } = await recorded(3)
    const [item] = (await replay(fn, { store, limit: 1 })).items
    if (!item) throw new Error('nothing was replayed')
    const { summary } = await replay(fn, {
      store,
      prices,
      maxCostUsd: 1,
      maxConcurrency: 1,
      isolate: async ({ onSpend }) => {
        onSpend({ key: 'ask', model: 'm', nanoUsd: 1e9 })
        return { ...item, traceId: null }
      },
    })
    expect(summary).toMatchObject({ total: 3, notRun: 2, pass: false })
  })

  test.each([
    [{ maxCostUsd: 0, prices }, 'above 0'],
    [{ maxCostUsd: Number.NaN, prices }, 'above 0'],
    [{ maxCostUsd: 1 }, 'needs prices'],
    [{ mustRun: [''] }, 'list of keys'],
    [{ mustRun: 'fn' as unknown as string[] }, 'list of keys'],
  ])('refuses %j', async (options, message) => {
    const { store, fn } = await recorded(1)
    await expect(replay(fn, { store, ...options })).rejects.toThrow(message)
  })
})

describe('mustRun', () => {
  test('counts calls that ran, over items that are not kept', async () => {
    const { store, fn } = await recorded(2)
    const options = { store, mock: 'marked', attempts: 2, keepItems: false } as const
    const { summary } = await replay(fn, { ...options, mustRun: ['ask', 'fn', 'helper'] })
    expect(summary.mustRun).toMatchObject({
      ask: { ran: 4, items: 2, served: 0 },
      fn: { ran: 4, items: 2 },
      helper: { ran: 0, served: 4, othersRan: ['fn', 'ask'] },
    })
    expect(summary.pass).toBe(false)
    expect((await replay(fn, { ...options, mustRun: ['ask', 'fn'] })).summary.pass).toBe(true)
  })

  test('an override does not count as real code; a miss that ran does', async () => {
    const { store, fn, tracer } = await recorded(1)
    const mustRun = ['helper']
    const overridden = await replay(fn, { store, mock: 'marked', overrides: { helper: 1 }, mustRun })
    expect(assessReport(overridden).unreached).toEqual([
      "'helper' must run, and did not in the item: 1 overridden. Remove its override.",
    ])
    const added = tracer.traced('added', { mockOnReplay: true }, () => 1)
    const changed = tracer.traced('fn', async (n: number) => n + added())
    const ran = await replay(changed, { store, mock: 'marked', onMiss: 'run', mustRun: ['added'] })
    expect(ran.summary.mustRun?.added).toMatchObject({ ran: 1, missed: 0 })
    const missed = await replay(changed, { store, mock: 'marked', mustRun: ['added'] })
    expect(assessReport(missed).unreached[0]).toContain('1 missed. Record it again, or let such calls run')
  })

  test('the summary that shards store says what all of them reached, and a shard of one judges itself', async () => {
    const { store, fn } = await recorded(4)
    const options = { store, mock: 'marked', testRunId: 'ci-1' } as const
    for (const shard of ['1/2', '2/2']) await replay(fn, { ...options, mustRun: ['fn'], shard })
    const testRun = await store.testRuns.get('ci-1')
    expect(testRun?.summary).toMatchObject({ pass: true, mustRun: { fn: { ran: 4, items: 4 } } })
    const alone = { store, mock: 'marked', mustRun: ['helper'], testRunId: 'ci-2', shard: '1/1' } as const
    expect((await replay(fn, alone)).summary.pass).toBe(false)
  })

  test('the spending of all shards is in the report, with the limit of each and why one stopped', async () => {
    const { store, fn } = await recorded(4)
    const options = { store, mock: 'marked', testRunId: 'ci-1', prices, maxConcurrency: 1 } as const
    await replay(fn, { ...options, maxCostUsd: 1, shard: '1/2' })
    await replay(fn, { ...options, maxCostUsd: 9, shard: '2/2' })
    const { spending, summary } = await testRunReport(store, 'ci-1')
    expect(spending).toEqual({ nanoUsd: 3e9, unpriced: [], maxCostUsd: 10, stopped: 'max-cost', running: 1 })
    expect(summary).toMatchObject({ total: 4, notRun: 1, pass: false })
  })

  test('the key of a replay that joins later counts in the report over all of them', async () => {
    const { store, fn } = await recorded(4)
    const options = { store, mock: 'marked', testRunId: 'ci-3' } as const
    await replay(fn, { ...options, shard: '1/2' })
    await replay(fn, { ...options, shard: '2/2', mustRun: ['helper'] })
    for (const { mustRun, pass } of [
      (await testRunReport(store, 'ci-3')).summary,
      (await store.testRuns.get('ci-3'))?.summary as ReplaySummary,
    ]) {
      expect(mustRun?.helper).toMatchObject({ ran: 0, served: 4 })
      expect(pass).toBe(false)
    }
    await replay(fn, { ...options, mustRun: ['nowhere'], logger: { warn: () => {} } })
    await replay(fn, { ...options, logger: { warn: () => {} } })
    expect(Object.keys((await testRunReport(store, 'ci-3')).summary.mustRun ?? {})).toEqual([
      'helper',
      'nowhere',
    ])
  })

  test('of two shards that end at the same time, an interrupted one leaves the report interrupted until it runs again', async () => {
    const { store, fn } = await recorded(4)
    const options = { store, mock: 'marked', testRunId: 'ci-6' } as const
    await replay(fn, { ...options, shard: '2/2' })
    // As if each had read the test run before the other one ended.
    await store.testRuns.complete('ci-6', 'interrupted', { shard: '1/2', facts: { interrupted: true } })
    await store.testRuns.complete('ci-6', 'completed', { shard: '2/2' })
    expect((await testRunReport(store, 'ci-6')).status).toBe('interrupted')
    await replay(fn, { ...options, shard: '1/2' })
    expect((await testRunReport(store, 'ci-6')).status).toBe('completed')
    expect((await store.testRuns.get('ci-6'))?.status).toBe('completed')
  })

  test('an item that another shard has not replayed yet is not counted as one that did not run it', async () => {
    const { store, fn } = await recorded(4)
    await replay(fn, { store, mock: 'marked', testRunId: 'ci-4', shard: '1/2', mustRun: ['helper'] })
    const { unreached } = assessReport(await testRunReport(store, 'ci-4'))
    expect(unreached[0]).toContain("'helper' must run, and did not in any of 2 items: 2 served")
  })

  test('is refused with shards of tape files, which nothing ever sees together', async () => {
    const { fn, store: source } = await recorded(4)
    const folder = mkdtempSync(join(tmpdir(), 'runtape-tapes-'))
    for (const { traceId } of (await source.traces.list({ limit: 10 })).items)
      await exportTape(source, traceId, folder)
    const options = { store: tapeStore(folder), mock: 'marked', testRunId: 'ci-5', mustRun: ['fn'] } as const
    await expect(replay(fn, { ...options, shard: '1/2' })).rejects.toThrow(
      'needs a database that all shards share',
    )
    await expect(dryRun('fn', { ...options, shard: '1/2' })).rejects.toThrow('needs a database')
    expect((await replay(fn, { ...options, shard: '1/1' })).summary.pass).toBe(true)
    expect((await replay(fn, { ...options, mustRun: [], shard: '1/2' })).summary.pass).toBe(true)
  })

  test('names of properties that all objects have are keys like others', async () => {
    const { store, fn } = await recorded(1)
    const { summary } = await replay(fn, { store, mock: 'marked', mustRun: ['constructor', '__proto__'] })
    expect(Object.keys(summary.mustRun ?? {})).toEqual(['constructor', '__proto__'])
    expect(summary.pass).toBe(false)
  })
})
