import { statSync } from 'node:fs'
import { messageOf } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { dryRunOfStore } from '@runtape/replay'
import { sqliteStore } from '@runtape/store-sqlite'
import { counted, shownMisses } from '../terminal/dry-run.ts'
import { type Finding, fine, note } from './finding.ts'

// Only the newest: more would take longer and show the same.
const traces = 200

/** What replays of the newest traces of a file would miss if all calls below the roots were mocked. */
export async function examineFile(path: string): Promise<Finding[]> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return []
  return examineReplays(async () => sqliteStore(path, { worker: false }))
}

/** As `examineFile`, of any store. */
export async function examineReplays(open: () => Promise<Store>): Promise<Finding[]> {
  try {
    const store = await open()
    try {
      return findingsOf(await dryRunOfStore(store, 'all', traces))
    } finally {
      await store.close()
    }
  } catch (error) {
    return [note(`Could not count what replays would miss: ${messageOf(error)}`, 'See the findings above.')]
  }
}

function findingsOf(found: Awaited<ReturnType<typeof dryRunOfStore>>): Finding[] {
  if (found.traces === 0) return []
  const head = `${counted(found.traces, 'trace')} looked at for replays`
  const misses = shownMisses(found)
  if (misses.length === 0) return [fine(`${head}: every recorded call can be answered from the tape.`)]
  const shown = [`${head}. A replay would miss:`, ...misses].join('\n')
  return [note(shown, 'Fix the reasons and record again, or answer these calls with overrides (--with).')]
}
