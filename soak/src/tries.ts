import type { Metric, MetricValue } from '@runtape/core'
import { readSideLogs } from './side-log.ts'

/** One `track*()` of one process, according to its side log. */
export interface Try {
  readonly slot: string
  readonly metric: Metric
  readonly value: MetricValue
  /** Which process tried. */
  readonly by: number
  readonly startedAt: number
  /** Absent if the process was killed before it could log the result. */
  readonly returned?: { readonly recorded: boolean; readonly conflict: boolean; readonly at: number }
}

/** Everything in the side logs. */
export interface Testimony {
  readonly tries: readonly Try[]
  readonly warnings: readonly string[]
}

export const slotOf = (runId: string, metric: string): string => `${runId} ${metric}`

export function readTestimony(folder: string): Testimony {
  const tries: Try[] = []
  const warnings: string[] = []
  readSideLogs(folder).forEach((notes, by) => {
    let open: Try | undefined
    for (const note of notes) {
      if (note.what === 'warning') warnings.push(note.message)
      else if (note.what === 'returned') {
        if (open) tries.push({ ...open, returned: note })
        open = undefined
      } else {
        const { runId, metric, value, at } = note
        open = { slot: slotOf(runId, metric), metric, value, by, startedAt: at }
      }
    }
    if (open) tries.push(open)
  })
  return { tries, warnings }
}

/** The tries for each slot. */
export function bySlot(tries: readonly Try[]): Map<string, Try[]> {
  const slots = new Map<string, Try[]>()
  for (const each of tries) {
    const known = slots.get(each.slot)
    if (known) known.push(each)
    else slots.set(each.slot, [each])
  }
  return slots
}
