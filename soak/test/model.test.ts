import { join } from 'node:path'
import type { TokenUsage } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { createRecorder, type Recorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { memoryStore } from '@runtape/testing'
import { createTracker, resumeTracker, type Tracker } from '@runtape/tracker'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyCall, type Call } from '../../packages/tracker/test/calls.ts'
import { scratchDirectory } from './scratch.ts'

type Event = readonly [runId: string, metric: string, value: unknown, scope: number | undefined]

/** The stored data of a run. */
interface KeptRun {
  readonly metrics: Map<string, unknown>
  /** Of tokens and calls, which `run` of a tracker they belong to. */
  readonly scopes: Map<string, number | undefined>
}

/** The expected state: a store keeps the first write, a tracker knows what it recorded, a recorder what waits. */
class Model {
  readonly kept = new Map<string, KeptRun>()
  readonly counts = { accepted: 0, duplicates: 0, conflicts: 0 }
  readonly #known: Set<string>[] = []
  readonly #waiting: Event[][] = [[], []]
  /** By tracker: its last `run`. */
  readonly #scopes: number[] = []
  #runs = 0

  call(tracker: number, recorder: number, runId: string, { would }: Call, failures: number): boolean[] {
    this.#known[tracker] ??= new Set()
    const known = this.#known[tracker]
    if (would.some(([metric]) => metric.startsWith('call:'))) this.#scopes[tracker] = ++this.#runs
    const scope = this.#scopes[tracker]
    const tried = would.filter(([metric]) => !known.has(metric))
    return tried.map(([metric, value], index) => {
      if (index < failures) return this.#waiting[recorder]?.push([runId, metric, value, scope]) === 0
      this.#put([runId, metric, value, scope])
      return known.add(metric).has(metric)
    })
  }

  flush(recorder: number): void {
    for (const event of this.#waiting[recorder]?.splice(0) ?? []) this.#put(event)
  }

  #put([runId, metric, value, scope]: Event): void {
    const run: KeptRun = this.kept.get(runId) ?? { metrics: new Map(), scopes: new Map() }
    this.kept.set(runId, run)
    const { metrics, scopes } = run
    if (!metrics.has(metric)) this.counts.accepted++
    else if (JSON.stringify(metrics.get(metric)) === JSON.stringify(value)) this.counts.duplicates++
    else this.counts.conflicts++
    if (metrics.has(metric)) return
    metrics.set(metric, value)
    scopes.set(metric, scope)
  }
}

const step = fc.record({
  tracker: fc.nat(9),
  recorder: fc.nat(1),
  what: fc.oneof(
    { weight: 12, arbitrary: anyCall },
    { weight: 3, arbitrary: fc.constant('resume' as const) },
    { weight: 2, arbitrary: fc.constant('fail once' as const) },
    { weight: 1, arbitrary: fc.constant('flush' as const) },
  ),
})

/** A store whose next write can be made to fail. */
function failing(store: Store): { store: Store; failures: number } {
  const broken = {
    failures: 0,
    store: {
      ...store,
      appendSync: (records: Parameters<NonNullable<Store['appendSync']>>[0]) => {
        if (broken.failures-- > 0) throw new Error('disk full')
        broken.failures = 0
        return store.appendSync?.(records) ?? { accepted: 0, duplicates: 0, conflicts: 0, conflicting: [] }
      },
    },
  }
  return broken
}

const logger = { warn: () => {} }
// Longer than the test: only a flush writes what waits.
const limits = { logger, retryBaseMs: 3_600_000, retryMaxMs: 3_600_000 }

const inMemory = () => {
  const store = memoryStore()
  return [store, store] as const
}
const inOneFile = () => {
  const path = join(scratchDirectory(), 'runtape.db')
  return [sqliteStore(path), sqliteStore(path)] as const
}

test.each([
  ['in memory', inMemory],
  ['two connections to one SQLite file', inOneFile],
])('random calls, resumptions and failures match the model: %s', async (_, open) => {
  const opened = open()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async steps => {
      const model = new Model()
      const stores = opened.map(failing)
      const recorders = stores.map(({ store }) => createRecorder({ store, ...limits }))
      const configKey = newRunId()
      const first = [0, 1, 1].map(index => {
        const sink = recorders[index] as Recorder
        return { recorder: index, tracker: createTracker({ sink, logger, configKey, clock: stopped }) }
      })
      const trackers: { recorder: number; tracker: Tracker }[] = first
      for (const { tracker: pick, recorder, what } of steps) {
        const at = pick % trackers.length
        const { tracker, recorder: own } = trackers[at] as (typeof trackers)[number]
        if (what === 'resume') {
          const init = { sink: recorders[recorder] as Recorder, logger, clock: stopped }
          trackers.push({ recorder, tracker: resumeTracker({ ...init, token: tracker.resumptionToken }) })
        } else if (what === 'fail once') {
          Object.assign(stores[recorder] ?? {}, { failures: 1 })
        } else if (what === 'flush') {
          model.flush(recorder)
          await recorders[recorder]?.flush()
        } else {
          const expected = model.call(at, own, tracker.runId, what, stores[own]?.failures ?? 0)
          const returned = what.run(tracker)
          if (typeof returned === 'boolean') expect(returned).toBe(expected[0] ?? false)
        }
      }
      for (const index of [0, 1]) {
        model.flush(index)
        await recorders[index]?.close()
      }
      for (const { tracker } of first) {
        const metrics = model.kept.get(tracker.runId)?.metrics
        const expected = metrics && Object.fromEntries(metrics)
        expect((await opened[0].runs.get(tracker.runId))?.metrics).toEqual(expected)
      }
      expect(sumOf(recorders)).toEqual(model.counts)
      expect(billOf(await opened[0].runs.usage({ configKey }))).toEqual(billFor(model))
    }),
    { numRuns: 150 },
  )
})

const stopped = { now: () => 1_767_225_600_000, monotonic: () => 0 }

function sumOf(recorders: readonly Recorder[]): Model['counts'] {
  const counts = { accepted: 0, duplicates: 0, conflicts: 0 }
  for (const recorder of recorders) {
    const seen = recorder.diagnostics()
    for (const field of Object.keys(counts) as (keyof typeof counts)[]) counts[field] += seen[field]
  }
  return counts
}

function billOf(rows: Awaited<ReturnType<Store['runs']['usage']>>) {
  const [row] = rows
  if (row === undefined || row.runs === 0) return { runs: 0 }
  const { runs, succeeded, failed, positive, negative, tokens, durationMs } = row
  return {
    runs,
    succeeded,
    failed,
    positive,
    negative,
    total: tokens?.total ?? 0,
    durations: durationMs?.count ?? 0,
  }
}

function billFor({ kept }: Model): ReturnType<typeof billOf> {
  const runs = [...kept.values()]
  const having = (metric: string, field: string, value: string) =>
    runs.filter(run => (run.metrics.get(metric) as Record<string, unknown> | undefined)?.[field] === value)
      .length
  if (runs.length === 0) return { runs: 0 }
  return {
    runs: runs.length,
    succeeded: having('outcome', 'status', 'success'),
    failed: having('outcome', 'status', 'error'),
    positive: having('feedback', 'kind', 'positive'),
    negative: having('feedback', 'kind', 'negative'),
    total: runs.reduce((sum, run) => sum + totalOf(run), 0),
    durations: runs.filter(run => run.metrics.has('duration')).length,
  }
}

/** A run's own tokens, for the calls of its scope or for all, plus the sum of the other calls. */
function totalOf({ metrics, scopes }: KeptRun): number {
  const own = metrics.get('tokens') as TokenUsage | undefined
  const scope = scopes.get('tokens')
  const counts = (call: string) => own && (scope === undefined || scope === scopes.get(call))
  const calls = [...metrics].filter(([metric]) => metric.startsWith('call:') && !counts(metric))
  return calls.reduce((sum, [, value]) => sum + (value as { usage: TokenUsage }).usage.total, own?.total ?? 0)
}
