import type { TokenUsage } from '@runtape/core'
import type { EvaluatorScore } from './evaluators.ts'
import type { MockReport } from './mock-report.ts'

/** What a replayed function gave: promises are awaited, generators are read to their end. */
export type ReplayResult<T> =
  Awaited<T> extends AsyncIterable<infer C> | Generator<infer C>
    ? { readonly chunks: readonly C[]; readonly returned: unknown }
    : Awaited<T>

/** One replayed trace: the recording beside what the code does now. */
export interface ReplayItem<TInput = readonly unknown[], TResult = unknown> {
  readonly sourceTraceId: string
  /** The recorded arguments. */
  readonly input: TInput
  /** What the code gave now; for generators `{ chunks, returned }`. Undefined when it failed. */
  readonly result: TResult | undefined
  /** What it gave when it was recorded. */
  readonly originalOutput: TResult | undefined
  /** Why the item failed: what the code threw, or why the trace could not be replayed. */
  readonly error: string | null
  /** The thrown value itself. */
  readonly thrown?: unknown
  /** The error that was recorded, if the recording ended in one. */
  readonly originalError: string | null
  /** Of the recording, in milliseconds. */
  readonly durationMs: number | null
  /** Of the recording. */
  readonly tokens: TokenUsage | null
  /** Of the recording: the first model that was called. */
  readonly model: string | null
  /** The trace that the replay made, as the store knows it; null when it was not kept. */
  readonly traceId: string | null
  /** Of the replay. */
  readonly replay: { readonly durationMs: number | null; readonly tokens: TokenUsage | null }
  readonly scores: Readonly<Record<string, EvaluatorScore>>
  readonly mocks: MockReport
}

export interface ReplaySummary {
  readonly total: number
  /** Items whose code ran and returned. */
  readonly completed: number
  readonly failed: number
  /** Items whose output is the recorded one. */
  readonly same: number
  readonly changed: number
  readonly served: number
  readonly drifted: number
  readonly missed: number
  readonly unused: number
}

export interface ReplayReport<TInput = readonly unknown[], TResult = unknown> {
  readonly testRunId: string
  readonly testRunUrl: string | null
  /** In the order of the traces. */
  readonly items: readonly ReplayItem<TInput, TResult>[]
  readonly summary: ReplaySummary
}

/** The item, and whether its output is the recorded one. */
export interface FinishedItem {
  readonly item: ReplayItem
  readonly same: boolean
}

export function summarizeItems(finished: readonly FinishedItem[]): ReplaySummary {
  const sum = (count: (finished: FinishedItem) => number) =>
    finished.reduce((total, each) => total + count(each), 0)
  const completed = sum(({ item }) => (item.error === null ? 1 : 0))
  const same = sum(each => (each.same ? 1 : 0))
  return {
    total: finished.length,
    completed,
    failed: finished.length - completed,
    same,
    changed: completed - same,
    served: sum(({ item }) => item.mocks.served.length),
    drifted: sum(({ item }) => item.mocks.drifted.length),
    missed: sum(({ item }) => item.mocks.missed.length),
    unused: sum(({ item }) => item.mocks.unused.length),
  }
}
