import type { EraseTarget } from '@runtape/core/store'
import type { Database } from '../database/database.ts'
import type { SetAsideFile } from '../set-aside/set-aside-file.ts'

/** What a waiting record is matched against. */
export interface Wanted {
  readonly target: EraseTarget
  readonly runs: ReadonlySet<string>
  readonly traces: ReadonlySet<string>
}

/** Whether the text of a record belongs to what is erased. An unreadable text does if it contains the words. */
function isWanted(json: string, { target, runs, traces }: Wanted): boolean {
  try {
    const record = JSON.parse(json)
    const { runId, traceId, sessionId, context, replay } = record
    if (runs.has(runId) || traces.has(traceId)) return true
    if (replay && (traces.has(replay.traceId) || traces.has(replay.sourceTraceId))) return true
    if ('sessionId' in target) return sessionId === target.sessionId
    return 'context' in target && context?.kind === target.context.kind && context?.key === target.context.key
  } catch {
    return wordsOf(target).every(word => json.includes(JSON.stringify(word).slice(1, -1)))
  }
}

function wordsOf(target: EraseTarget): readonly string[] {
  return 'context' in target ? [target.context.key] : Object.values(target)
}

const tables = [
  ['outbox', 'event_json'],
  ['set_aside', 'record_json'],
] as const

/**
 * Removes or counts records of the outbox and records that were set aside, both in the database and in the file next to
 * it.
 */
export async function eraseWaiting(
  database: Database,
  file: SetAsideFile | undefined,
  wanted: Wanted,
  remove: ((table: string, id: number) => Promise<unknown>) | undefined,
): Promise<number> {
  let count = 0
  for (const [table, column] of tables) {
    for (let after = 0; ; ) {
      const [row] = database.all<{ id: number; json: string }>(
        `SELECT id, ${column} AS json FROM ${table} WHERE id > ? ORDER BY id LIMIT 1`,
        after,
      )
      if (row === undefined) break
      after = row.id
      if (!isWanted(row.json, wanted)) continue
      count++
      await remove?.(table, row.id)
    }
  }
  const isInFile = ({ record_json }: { readonly record_json: string }) => isWanted(record_json, wanted)
  const inFile = file?.lines().filter(isInFile).length ?? 0
  if (remove && inFile > 0) await file?.replace(async lines => lines.filter(line => !isInFile(line)))
  return count + inFile
}
