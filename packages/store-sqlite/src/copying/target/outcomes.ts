import type { CopyOutcome } from '@runtape/core/internal'

/**
 * Writes entries one by one.
 *
 * These are numbered with all changes of the file, in the order of arrival: as of a time, they are there from the copy on.
 */
export function outcomeOf<Entry>(
  entries: readonly Entry[],
  nameOf: (entry: Entry) => string,
  write: (entry: Entry) => 'copied' | 'known' | 'conflict' | { readonly refused: string },
): CopyOutcome {
  const [counts, conflicts, refused] = [{ copied: 0, known: 0 }, [] as string[], [] as string[]]
  for (const entry of entries) {
    const fate = write(entry)
    if (fate === 'conflict') conflicts.push(nameOf(entry))
    else if (typeof fate === 'object') refused.push(`${nameOf(entry)}: ${fate.refused}`)
    else counts[fate]++
  }
  return {
    ...counts,
    conflicts,
    ...(refused.length > 0 && { refused }),
    ...(counts.copied > 0 && { laterReceipts: counts.copied }),
  }
}
