import { realNow } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import { isBusy } from '../database/errors.ts'
import { type DirtyShard, dirtyShards, forgetDirty } from './dirty-shards.ts'
import { type IdRange, missingRanges, type Shard, shardsOf } from './shards.ts'
import { announce, isBound } from './tokens.ts'
import { hasFts5, type TrigramFile } from './trigram-file.ts'
import { createTable, tableOf } from './trigram-schema.ts'
import { indexed } from './trigram-text.ts'

/** Limits of a step: about 20 ms. */
const mostTexts = 128
const mostChars = 64 * 1024

/** After this time in milliseconds, the process that removed texts is assumed to have ended before it emptied a shard. */
const abandonedMs = 60_000

interface TextRow {
  readonly id: number
  readonly text: string
  readonly folded: string | null
}

/** What a step does. */
interface Work {
  readonly drop?: Shard | undefined
  readonly dirty?: DirtyShard | undefined
  readonly fill?: IdRange | undefined
}

/**
 * Adds texts to the index in steps, newest shards first. Any number of processes can do so: each step is a transaction
 * of the index, which begins with reading what the previous one left.
 */
export class TrigramFiller {
  readonly #main: Database
  readonly #file: TrigramFile
  readonly #isAble: boolean

  constructor(main: Database, file: TrigramFile) {
    this.#main = main
    this.#file = file
    this.#isAble = hasFts5(main) && file.path !== undefined
  }

  /** Makes a step. Returns `none` if there is nothing to do, `busy` if another process has a lock. */
  step(): 'done' | 'none' | 'busy' {
    if (!this.#isAble || this.#isEmpty()) return 'none'
    try {
      const index = this.#file.open(true)
      if (index === undefined || !this.#isDue(index)) return 'none'
      return index.transactionNow(() => this.#step(index)) ?? 'busy'
    } catch (error) {
      if (isBusy((error as { cause?: unknown }).cause)) return 'busy'
      this.#file.discardIf(error)
      throw error
    }
  }

  #isEmpty(): boolean {
    return (
      this.#main.get('SELECT 1 FROM search_texts LIMIT 1') === undefined && this.#file.open() === undefined
    )
  }

  #isDue(index: Database): boolean {
    if (!isBound(this.#main, index)) return true
    const { drop, dirty, fill } = this.#next(index)
    return drop !== undefined || dirty !== undefined || fill !== undefined
  }

  #step(index: Database): 'done' | 'busy' {
    const announced = announce(this.#main, index)
    if (announced === undefined) return 'busy'
    if (!announced.isOwn) index.run('UPDATE shards SET is_void = 1')
    const { drop, dirty, fill } = this.#next(index)
    if (drop) dropShard(index, drop.shard)
    else if (dirty) this.#clean(index, dirty)
    else if (fill) this.#fill(index, fill)
    index.run('UPDATE index_state SET token = ?', announced.token)
    return 'done'
  }

  #next(index: Database): Work {
    const shards = shardsOf(index)
    const drop = [...shards.values()].find(({ is_void }) => is_void === 1)
    if (drop) return { drop }
    const dirty = dirtyShards(this.#main)
    const abandoned = dirty.find(({ at }) => Math.abs(realNow() - at) > abandonedMs)
    if (abandoned) return { dirty: abandoned }
    const isDirty = new Set(dirty.map(({ shard }) => shard))
    for (const range of missingRanges(this.#main, shards))
      if (range.after < range.to && !isDirty.has(range.shard)) return { fill: range }
    return {}
  }

  /** In two steps, so that the mark remains until the shard is gone. */
  #clean(index: Database, dirty: DirtyShard): void {
    if (index.run('UPDATE shards SET is_void = 1 WHERE shard = ?', dirty.shard) === 0)
      forgetDirty(this.#main, [dirty])
  }

  #fill(index: Database, { shard, after, to }: IdRange): void {
    const rows = this.#main.all<TextRow>(
      `SELECT id, text, folded FROM search_texts WHERE id > ? AND id <= ? ORDER BY id LIMIT ${mostTexts}`,
      after,
      to,
    )
    if (rows.length > 0) index.exec(createTable(shard))
    const added = rows.slice(0, countWithin(rows))
    for (const { id, text, folded } of added)
      index.run(`INSERT INTO ${tableOf(shard)} (rowid, text) VALUES (?, ?)`, id, indexed(folded ?? text))
    const isAll = rows.length < mostTexts && added.length === rows.length
    const last = isAll ? to : (added.at(-1)?.id ?? to)
    index.run(
      'INSERT INTO shards (shard, to_id) VALUES (?, ?) ON CONFLICT (shard) DO UPDATE SET to_id = excluded.to_id',
      shard,
      last,
    )
  }
}

/** Number of texts that a step adds: at least one. */
function countWithin(rows: readonly TextRow[]): number {
  let [count, chars] = [0, 0]
  for (; count < rows.length && chars < mostChars; count++) chars += rows[count]?.text.length ?? 0
  return count
}

function dropShard(index: Database, shard: number): void {
  index.exec(`DROP TABLE IF EXISTS ${tableOf(shard)}`)
  index.run('DELETE FROM shards WHERE shard = ?', shard)
}
