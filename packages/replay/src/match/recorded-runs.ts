import type { SpanRecord } from '@runtape/core'
import { madeTrackers } from '@runtape/core/internal'

/** The runs of a recording, handed out in order to the trackers that a replay makes. */
export class RecordedRuns {
  /** Those that are left, by call and config. */
  readonly #left = new Map<SpanRecord, Map<string, string[]>>()

  /** The run of the next tracker of this config that was made in the call. */
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
