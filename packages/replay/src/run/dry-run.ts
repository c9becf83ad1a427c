import type { SpanRecord, Store, Trace } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { viewOfSpan } from '../match/call-view.ts'
import { deferOutputsFrom } from '../match/deferred-outputs.ts'
import { type MockPolicy, type MockStrategy, policyOf } from '../match/policy.ts'
import { whyNoAnswer } from '../match/recorded-answer.ts'
import { recordedArguments } from '../match/recorded-trace.ts'
import type { ReplayOptions } from '../options.ts'
import { fetchSource } from '../select/source.ts'
import { chooseSources } from '../test-run/start-test-run.ts'

/** Results of a dry run for the calls of one key. */
export interface DryRunKey {
  readonly key: string
  /** Recorded calls that would be answered from the tape. */
  readonly calls: number
  /** Those of them that would miss. */
  readonly missed: number
  /** Reasons, with the number of calls. */
  readonly reasons: Readonly<Record<string, number>>
}

export interface DryRun {
  readonly traces: number
  readonly keys: readonly DryRunKey[]
}

type DryRunOptions = Pick<
  ReplayOptions,
  'store' | 'where' | 'limit' | 'cohort' | 'traceIds' | 'spans' | 'mock'
>

/**
 * Counts, by key, what the stored traces of the function `key` would miss in a replay, and why. It loads the traces, runs no code
 * and matches no calls: a changed program may miss more. Default for `mock`: `marked`.
 *
 * @example
 * ```ts
 * import { dryRun } from '@runtape/replay'
 * import { sqliteStore } from '@runtape/store-sqlite'
 *
 * const { keys } = await dryRun('support.answer', { store: sqliteStore('runtape.db'), limit: 100 })
 * for (const { key, missed, calls } of keys) console.log(`${key}: ${missed} of ${calls} would be missed`)
 * ```
 */
export async function dryRun(key: string, options: DryRunOptions): Promise<DryRun> {
  const { store, mock = 'marked' } = options
  const { sources } = await chooseSources(key, options)
  const tally = new DryRunTally(mock)
  for (const source of sources) {
    try {
      tally.add(await fetchSource(store, key, source, { deferOutputsFrom }))
    } catch (error) {
      tally.note(key, messageOf(error))
    }
  }
  return tally.result(sources.length)
}

/**
 * `dryRun` for the newest traces of all functions in a store.
 *
 * @param limit number of traces to check
 */
export async function dryRunOfStore(store: Store, mock: MockStrategy, limit: number): Promise<DryRun> {
  const tally = new DryRunTally(mock)
  const { items } = await store.traces.list({ limit })
  for (const { traceId } of items) {
    const trace = await store.traces.get(traceId, { deferOutputsFrom })
    if (trace?.root) tally.add(trace)
  }
  return tally.result(items.length)
}

class DryRunTally {
  readonly #policy: MockPolicy
  readonly #keys = new Map<string, { calls: number; missed: number; reasons: Record<string, number> }>()

  constructor(mock: MockStrategy | MockPolicy) {
    this.#policy = policyOf(mock)
  }

  add(trace: Trace): void {
    this.#root(trace)
    const answered = new Set<string>()
    for (const span of trace.spans) {
      const { spanId, parentSpanId, key } = span
      if (spanId === trace.root.spanId) continue
      // Calls under an answered call are not made.
      if (answered.has(parentSpanId ?? '')) answered.add(spanId)
      else if (this.#isAnswered(span)) {
        answered.add(spanId)
        this.note(key, whyNoAnswer(span))
      }
    }
  }

  note(key: string, problem: string | undefined): void {
    const entry = this.#keys.get(key) ?? { calls: 0, missed: 0, reasons: {} }
    this.#keys.set(key, entry)
    entry.calls++
    if (problem === undefined) return
    entry.missed++
    // Sizes and paths differ from call to call.
    const reason = problem.replace(/ \([^)]*\)/g, '').replace(/[0-9a-f]{32}/g, '…')
    entry.reasons[reason] = (entry.reasons[reason] ?? 0) + 1
  }

  result(traces: number): DryRun {
    const keys = Array.from(this.#keys, ([key, counts]) => ({ key, ...counts }))
    return { traces, keys: keys.sort((a, b) => b.missed - a.missed) }
  }

  #root(trace: Trace): void {
    try {
      recordedArguments(trace)
    } catch (error) {
      this.note(trace.root.key, messageOf(error))
    }
  }

  #isAnswered(span: SpanRecord): boolean {
    try {
      return this.#policy(viewOfSpan(span, each => each)) === 'recorded'
    } catch {
      return false
    }
  }
}
