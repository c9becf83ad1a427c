import type { Sink } from '@runtape/core'
import { type MemorySink, memorySink } from '../memory-sink.ts'
import type { FakeHost } from './fake-host.ts'

/** The recording functions: `configureTracing` of `@runtape/trace` and `createTracker` of `@runtape/tracker`. */
export interface Recording {
  configureTracing(options: { readonly sink: Sink } | undefined): void
  createTracker(options: { readonly sink: Sink; readonly configKey: string }): RunTracker
}

interface RunTracker {
  run<T>(fn: () => Promise<T>): Promise<T>
  getSummary(): { readonly durationMs?: number | undefined }
}

/** What was recorded of one contract case. */
export interface CaseRun {
  /** Number of calls in its run. */
  readonly calls: number
  /** The run waits for an answer that has not been read. */
  readonly isOpen: boolean
  readonly tape: MemorySink
}

/**
 * Members of a contract's subject that record each case on a tape, in a separate run.
 *
 * @param check verifies for a case that the requests to the host are in the run
 *
 * @example
 * ```ts
 * import { openaiContract, recordedInRuns } from '@runtape/testing/vitest'
 * import { configureTracing } from '@runtape/trace'
 * import { createTracker } from '@runtape/tracker'
 * import OpenAI from 'openai'
 * import { observe } from './my-instrumentation.ts'
 *
 * const recorded = recordedInRuns({ configureTracing, createTracker }, ({ calls }, { seen }) => {
 *   if (calls === 0 && seen.length > 0) throw new Error('a call is missing')
 * })
 * openaiContract('observe', { OpenAI, instrument: client => observe(client), ...recorded })
 * ```
 */
export function recordedInRuns(
  { configureTracing, createTracker }: Recording,
  check: (run: CaseRun, host: FakeHost) => void,
) {
  const around = async <T>(application: () => Promise<T>, host: FakeHost): Promise<T> => {
    const tape = memorySink()
    configureTracing({ sink: tape })
    const tracker = createTracker({ sink: tape, configKey: 'test' })
    const seen = await tracker.run(application)
    const calls = tape.events.filter(({ metric }) => metric.startsWith('call:')).length
    check({ calls, isOpen: tracker.getSummary().durationMs === undefined, tape }, host)
    return seen
  }
  return { around, dispose: () => configureTracing(undefined) }
}
