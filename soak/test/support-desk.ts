import type { Outbox } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { createRecorder, type Recorder } from '@runtape/recorder'
import { createTracker, type Tracker } from '@runtape/tracker'
import { expect } from 'vitest'

/** An application that answers questions and tallies them. */
export interface SupportDesk {
  readonly recorder: Recorder
  readonly warnings: readonly string[]
  /** The runs whose feedback was acknowledged. */
  readonly acknowledged: readonly string[]
  newTracker(): Tracker
  /** Answers `times` questions in their own runs; returns how many were acknowledged. */
  answer(times: number): Promise<number>
}

/** A desk that must answer correctly, whatever the state of the store. */
export function openDesk(store: Store, outbox?: Outbox): SupportDesk {
  const warnings: string[] = []
  const acknowledged: string[] = []
  const logger = { warn: (message: string) => void warnings.push(message) }
  // Retries only if a test requests them.
  const limits = { retryBaseMs: 3_600_000, retryMaxMs: 3_600_000, flushAttempts: 1 }
  const recorder = createRecorder({ store, ...(outbox && { outbox }), logger, ...limits })
  const newTracker = () => createTracker({ sink: recorder, configKey: 'support-answer', logger })
  const answer = async (times: number) => {
    const before = acknowledged.length
    for (let count = 0; count < times; count++) {
      const tracker = newTracker()
      const given = { text: 'On its way.' }
      expect(
        await tracker.trackMetricsOf(
          () => ({}),
          async () => given,
        ),
      ).toBe(given)
      if (tracker.trackFeedback({ kind: 'positive' })) acknowledged.push(tracker.runId)
    }
    return acknowledged.length - before
  }
  return { recorder, warnings, acknowledged, newTracker, answer }
}
