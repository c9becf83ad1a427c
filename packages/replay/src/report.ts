import type { TokenUsage } from '@runtape/core'
import type { EvaluatorScore } from './evaluators.ts'
import type { MockReport } from './mock-report.ts'

/** What a replayed function gave: promises are awaited, streams are read as far as they were when recorded. */
export type ReplayResult<T> =
  Awaited<T> extends AsyncIterable<infer C> | Generator<infer C>
    ? { readonly chunks: readonly C[]; readonly returned: unknown }
    : Awaited<T>

/** One replayed trace: the recording beside what the code does now. */
export interface ReplayItem<TInput = readonly unknown[], TResult = unknown> {
  readonly sourceTraceId: string
  /** The recorded call in the middle of that trace that was replayed, where it was not the whole of it. */
  readonly sourceSpanId?: string
  /** The recorded arguments. */
  readonly input: TInput
  /** The arguments that the code was called with, where `adaptInputs` made them. */
  readonly given?: readonly unknown[]
  /** What the code gave now; for streams `{ chunks, returned }`. Undefined when it failed. */
  readonly result: TResult | undefined
  /** What it gave when it was recorded; undefined when that is not on the tape. */
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
  /** Traces that were chosen. */
  readonly total: number
  /** Items whose code ran and returned. */
  readonly completed: number
  /** The others: the code threw, or did not run. */
  readonly failed: number
  /** Items that ended as their recording did: with an equal output, or with an equal error. */
  readonly same: number
  /** Completed items that did not. */
  readonly changed: number
  readonly served: number
  readonly drifted: number
  readonly missed: number
  readonly unused: number
  readonly overridden: number
  /** Traces that were not replayed, because the replay was stopped before. */
  readonly notRun: number
}

export interface ReplayReport<TInput = readonly unknown[], TResult = unknown> {
  readonly testRunId: string
  readonly testRunUrl: string | null
  /** In the order of the traces. */
  readonly items: readonly ReplayItem<TInput, TResult>[]
  readonly summary: ReplaySummary
  /** `interrupted` when the replay was stopped: the items are those that had begun. */
  readonly status: 'completed' | 'interrupted'
}

/** The item, and whether it ended as its recording did. */
export interface FinishedItem {
  readonly item: ReplayItem
  readonly same: boolean
}

export function summarizeItems(finished: readonly FinishedItem[], notRun = 0): ReplaySummary {
  const count = (counts: (finished: FinishedItem) => boolean) => finished.filter(counts).length
  const calls = (list: keyof MockReport) =>
    finished.reduce((sum, { item }) => sum + item.mocks[list].length, 0)
  const completed = count(({ item }) => item.error === null)
  return {
    total: finished.length + notRun,
    completed,
    failed: finished.length - completed,
    same: count(({ same }) => same),
    changed: count(({ item, same }) => item.error === null && !same),
    served: calls('served'),
    drifted: calls('drifted'),
    missed: calls('missed'),
    unused: calls('unused'),
    overridden: calls('overridden'),
    notRun,
  }
}
