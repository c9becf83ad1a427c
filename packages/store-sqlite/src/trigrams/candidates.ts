import { encodeText } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import { otherWork } from '../database/other-work.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { type IdRange, missingRanges, type Shard, shardsOf } from './shards.ts'
import { isBound } from './tokens.ts'
import { hasFts5, type TrigramFile } from './trigram-file.ts'
import { shardSize, tableOf } from './trigram-schema.ts'
import { trigramQuery } from './trigram-text.ts'

/** Texts that may contain a term. */
export interface Candidates {
  /** Ids of texts that have its trigrams. Some may have been removed. */
  readonly ids: readonly number[]
  /** Ids that the index does not have. */
  readonly missing: readonly IdRange[]
}

/** If there are more, and they are more than this share of all texts, reading all texts takes about as long. */
const mostIds = 4096
const mostShare = 1 / 8

/** If more texts are missing, all are read instead. */
const mostMissing = 4 * shardSize

/** An index that can be used for a search. */
export interface UsableIndex {
  readonly index: Database
  readonly query: string
}

const tries = 4

/** The index for a term, or `undefined` if all texts have to be read. */
export async function usableIndex(
  main: Database,
  file: TrigramFile,
  term: string,
): Promise<UsableIndex | undefined> {
  const query = encodeText(term) === term ? trigramQuery(term) : undefined
  if (query === undefined) return undefined
  for (let tried = 0; tried < tries; tried++) {
    const index = boundIndex(main, file)
    if (index) return { index, query }
    if (index === undefined) return undefined
    // A step may have come between reading the tokens of both files.
    await otherWork()
  }
  return undefined
}

/** `null` if the index belongs to another state of the database, or is locked. */
function boundIndex(main: Database, file: TrigramFile): Database | null | undefined {
  try {
    const index = file.open()
    if (index === undefined || !hasFts5(index)) return undefined
    return isBound(main, index) ? index : null
  } catch (error) {
    file.discardIf(error)
    return null
  }
}

/** Asks the index, one shard at a time. Returns `undefined` if reading all texts is better. */
export function* readCandidates(
  main: Database,
  { index, query }: UsableIndex,
): Sliced<Candidates | undefined> {
  const ids: number[] = []
  const missing: IdRange[] = []
  let countMissing = 0
  const ranges = [...missingRanges(main, knownShards(index))]
  const most = Math.max(mostIds, ranges.length * shardSize * mostShare)
  for (const range of ranges) {
    const { found, rest } = readShard(index, range, query)
    for (const id of found) ids.push(id)
    if (rest.after < rest.to) missing.push(rest)
    countMissing += rest.to - rest.after
    if (ids.length > most || countMissing > mostMissing) return undefined
    yield
  }
  return { ids, missing }
}

/** The texts of a shard that may contain the term, and those that are not in the index. */
function readShard(
  index: Database,
  range: IdRange,
  query: string,
): { readonly found: readonly number[]; readonly rest: IdRange } {
  const start = range.shard * shardSize - 1
  try {
    return index.snapshot(() => {
      // Read again: another process may have removed the shard since.
      const shard = index.get<Shard>('SELECT * FROM shards WHERE shard = ? AND is_void = 0', range.shard)
      const after = Math.min(range.to, shard?.to_id ?? start)
      if (after === start) return { found: [], rest: { ...range, after } }
      const rows = index
        .prepare(`SELECT rowid AS id FROM ${tableOf(range.shard)} WHERE ${tableOf(range.shard)} MATCH ?`)
        .all(query) as { readonly id: number }[]
      return { found: rows.map(({ id }) => id), rest: { ...range, after } }
    })
  } catch {
    // Locked, or damaged: the texts are read instead.
    return { found: [], rest: { ...range, after: start } }
  }
}

function knownShards(index: Database): ReadonlyMap<number, Shard> {
  try {
    return shardsOf(index)
  } catch {
    return new Map()
  }
}
