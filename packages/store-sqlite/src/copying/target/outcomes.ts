import type { CopyOutcome } from '@runtape/core/internal'

/**
 * Writes entries one by one.
 *
 * These are numbered with all changes of the file, in the order of arrival: as of a time, they are there from the copy on.
 */
export function outcomeOf<Entry>(
  entries: readonly Entry[],
  nameOf: (entry: Entry) => string,
  write: (entry: Entry) => 'copied' | 'known' | 'conflict',
): CopyOutcome {
  const [counts, conflicts] = [{ copied: 0, known: 0 }, [] as string[]]
  for (const entry of entries) {
    const fate = write(entry)
    if (fate === 'conflict') conflicts.push(nameOf(entry))
    else counts[fate]++
  }
  return { ...counts, conflicts, ...(counts.copied > 0 && { laterReceipts: counts.copied }) }
}
