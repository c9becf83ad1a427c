import type { Database } from '../database/database.ts'
import { shardSize } from './trigram-schema.ts'

/** A shard of the index. */
export interface Shard {
  readonly shard: number
  /** The last text that was added. */
  readonly to_id: number
  readonly is_void: number
}

/** Ids of texts after `after`, up to and including `to`. */
export interface IdRange {
  readonly shard: number
  readonly after: number
  readonly to: number
}

/** The shards that texts are in, newest first, each with the ids that the index does not have. */
export function* missingRanges(main: Database, shards: ReadonlyMap<number, Shard>): Generator<IdRange> {
  const ends = main.get<{ first: number | null; last: number | null }>(
    'SELECT (SELECT min(id) FROM search_texts) AS first, (SELECT max(id) FROM search_texts) AS last',
  )
  const { first = null, last = null } = ends ?? {}
  if (first === null || last === null) return
  for (let shard = shardOf(last); shard >= shardOf(first); shard--) {
    const known = shards.get(shard)
    const start = shard * shardSize - 1
    const to = Math.min(start + shardSize, last)
    yield { shard, after: Math.max(start, known && !known.is_void ? known.to_id : start), to }
  }
}

export const shardsOf = (index: Database): Map<number, Shard> =>
  new Map(index.all<Shard>('SELECT * FROM shards').map(each => [each.shard, each]))

const shardOf = (id: number): number => Math.floor(id / shardSize)
