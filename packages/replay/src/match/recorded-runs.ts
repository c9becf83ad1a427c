import type { SpanRecord } from '@runtape/core'
import { madeTrackers } from '@runtape/core/internal'

/** The runs of a recording, assigned in order to the trackers that a replay creates. */
export class RecordedRuns {
  /** Remaining runs, by call and config. */
  readonly #left = new Map<SpanRecord, Map<string, string[]>>()

  /** The run of the next tracker of this config created in the call. */
  take(call: SpanRecord, configKey: string): string | undefined {
    let byConfig = this.#left.get(call)
    if (!byConfig) {
      const trackers = Map.groupBy(madeTrackers(call), ([key]) => key)
      byConfig = new Map(Array.from(trackers, ([key, made]) => [key, made.map(([, runId]) => runId)]))
      this.#left.set(call, byConfig)
    }
    return byConfig.get(configKey)?.shift()
  }
}
