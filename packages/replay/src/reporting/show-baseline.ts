import type { ReplayItem, ReplaySummary } from '../report.ts'
import { showCount } from './show-number.ts'

/** Whether the change explains how the item differs, in one line; empty without a baseline. */
export function showCause({ baseline, outcome }: ReplayItem): string[] {
  if (!baseline) return []
  const { cause, places = [], outcome: then, reason, error } = baseline
  const ended = `${then}${then === 'same' ? '' : whyOf(reason ?? error)}`
  if (cause === 'before') return [`${outcome} before too: the code before the change ends in the same way`]
  if (cause === 'change') {
    const where = places.length > 0 ? ` at ${places.slice(0, 5).join(', ')}` : ''
    return [`${outcome} by the change${where}; before the change: ${ended}`]
  }
  if (cause === 'unknown')
    return then === 'changed'
      ? [
          'unclear whether by the change: it differs from the recording before the change too, but in another way',
        ]
      : [`unclear whether by the change: before the change it was ${ended}`]
  return then === 'same' ? [] : [`${then} only before the change${whyOf(reason ?? error)}`]
}

const whyOf = (reason: string | null): string => (reason === null ? '' : ` (${reason})`)

/** Causes of the differences over all items, in one line; empty without a baseline. */
export function showBaseline({ baseline }: ReplaySummary): string[] {
  if (!baseline) return []
  const { change, before, unknown, onlyBefore, missing } = baseline
  const parts = [
    `${showCount(change)} by the change`,
    `${showCount(before)} before too`,
    unknown > 0 && `${showCount(unknown)} unclear`,
    onlyBefore > 0 && `${showCount(onlyBefore)} only before the change`,
    missing > 0 && `${showCount(missing)} not replayed with the code before the change`,
  ]
  return [`differ from the recording: ${parts.filter(Boolean).join(', ')}`]
}
