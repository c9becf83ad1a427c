import { realNow } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import { shardSize } from './trigram-schema.ts'

/** A shard that may have trigrams of removed texts. Each removal changes its mark. */
export interface DirtyShard {
  readonly shard: number
  readonly mark: string
  readonly at: number
}

/** Notes that the index may have the texts of a row. Call in the transaction that removes them, before. */
export const noteRemoved = (main: Database, source: string, sourceId: number): number =>
  main.run(
    `INSERT INTO search_dirty (shard, mark, at)
     SELECT id / ${shardSize}, random(), ? FROM search_texts WHERE source_id = ? AND source = ?
     ON CONFLICT (shard) DO UPDATE SET mark = excluded.mark, at = excluded.at`,
    realNow(),
    sourceId,
    source,
  )

export const dirtyShards = (main: Database): DirtyShard[] =>
  main.all<DirtyShard>('SELECT shard, CAST(mark AS TEXT) AS mark, at FROM search_dirty')

/** Call after the shards were emptied. Keeps the marks of removals that came meanwhile. */
export function forgetDirty(main: Database, shards: readonly DirtyShard[]): void {
  for (const { shard, mark } of shards)
    main.run('DELETE FROM search_dirty WHERE shard = ? AND CAST(mark AS TEXT) = ?', shard, mark)
}
