import { isDeepStrictEqual } from 'node:util'
import type { RunEvent } from '@runtape/core'
import type { Run } from '@runtape/core/store'

/** How a store's events differ from the events that were sent. */
export interface Comparison {
  readonly runs: number
  readonly sent: number
  readonly recorded: number
  /** Sent, and not in the store with the value that was sent first. */
  readonly lost: number
  /** In the store more than once. */
  readonly doubled: number
}

export async function compareWithStore(
  sent: readonly RunEvent[],
  runs: { get(runId: string): Promise<Pick<Run, 'events'> | undefined> },
): Promise<Comparison> {
  const runIds = [...new Set(sent.map(({ runId }) => runId))]
  const found = await Promise.all(runIds.map(runId => runs.get(runId)))
  const recorded = found.flatMap(run => run?.events ?? [])
  const stored = firstOfEach(recorded)
  const lost = [...firstOfEach(sent)].filter(
    ([identity, event]) => !isDeepStrictEqual(stored.get(identity)?.value, event.value),
  )
  return {
    runs: runIds.length,
    sent: sent.length,
    recorded: recorded.length,
    lost: lost.length,
    doubled: recorded.length - stored.size,
  }
}

/** By run and metric. A later entry of a map replaces an earlier one, so the events are added in reverse order. */
function firstOfEach(events: readonly RunEvent[]): Map<string, RunEvent> {
  const entries = events.map(event => [JSON.stringify([event.runId, event.metric]), event] as const)
  return new Map(entries.toReversed())
}
