import type { CarriedKind } from './carried-row.ts'
import type { Carried } from './carry-over.ts'

/** What the warning says about a file that was replaced. */
export function copiedNote(carried: Carried): string {
  const { records, waiting, tombstones } = carried
  const written = `${listed([`${records} records`, ...counted(carried.copied)])} that were written meanwhile`
  const unsent = waiting > 0 ? ` and ${waiting} events that waited to be sent` : ''
  return [
    `${written}${unsent} were copied into the file that is now at its path.`,
    ...(tombstones > 0
      ? ['If the new file is a backup, it may contain data that has been erased: erase it again.']
      : []),
    ...lostNotes(carried),
    ...unread(carried),
  ].join(' ')
}

/** What the warning says about the rest of a damaged file; `undefined` if nothing of it was copied or lost. */
export function restNote(carried: Carried, file: string, next: string): string | undefined {
  const copied = [...(carried.records > 0 ? [`${carried.records} records`] : []), ...counted(carried.copied)]
  const lost = lostNotes(carried)
  if (copied.length + lost.length === 0) return undefined
  const first = copied.length > 0 ? [`${listed(copied)} of "${file}" could be read and are in ${next}.`] : []
  return [...first, ...lost, ...unread(carried)].join(' ')
}

const counted = (counts: Carried['copied']): string[] =>
  (Object.entries(counts) as [CarriedKind, number][]).map(([kind, count]) =>
    count === 1 ? `1 ${kind.slice(0, -1)}` : `${count} ${kind}`,
  )

function lostNotes({ lost }: Carried): string[] {
  const all = counted(lost)
  if (all.length === 0) return []
  return [
    `${listed(all)} could not be copied, because the new file has others in their place: see "runtape set-aside".`,
  ]
}

const unread = ({ problem }: Carried): string[] =>
  problem === undefined ? [] : [`The old file could not be read completely: ${problem}`]

const listed = (all: readonly string[]): string =>
  all.length < 2 ? all.join() : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`
