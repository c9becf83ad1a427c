import type { Store, TraceQuery, TraceSummary } from '@runtape/core'
import { Misuse } from './misuse.ts'

/** One of `of` machines that share the traces; the first is 1. */
export interface Shard {
  readonly index: number
  readonly of: number
}

/** @throws {Misuse} when it is not like `2/4` */
export function shardOf(text: string | undefined): Shard {
  if (text === undefined) return { index: 1, of: 1 }
  const [index = 0, of = 0] = /^(\d+)\/(\d+)$/.exec(text)?.slice(1).map(Number) ?? []
  if (index >= 1 && index <= of) return { index, of }
  throw new Misuse(`--shard must be like 2/4: the second of four (got "${text}").`)
}

/**
 * The store as a shard sees it: of the traces that a list finds, those of its share. Whose share a trace is depends on
 * its id alone, so that each is replayed by one machine, whatever is recorded meanwhile.
 */
export class ShardedStore {
  readonly store: Store
  /** How many traces the last list found for all shards together. */
  found = 0

  constructor(store: Store, shard: Shard) {
    const list = async (query: TraceQuery = {}) => {
      const all = await everyTrace(store, query)
      this.found = all.length
      return { items: all.filter(trace => isIn(shard, trace)) }
    }
    this.store = { ...store, traces: { ...store.traces, list } }
  }
}

/** The last digits of an id are random also where it begins with the time. */
const isIn = ({ index, of }: Shard, { traceId }: TraceSummary): boolean =>
  Number.parseInt(traceId.slice(-8), 16) % of === index - 1

/** As many as the query asks for, from as many pages as it takes. */
async function everyTrace(store: Store, query: TraceQuery): Promise<TraceSummary[]> {
  const { limit = 50, cursor: first } = query
  const found: TraceSummary[] = []
  let cursor = first
  do {
    const left = limit - found.length
    const page = await store.traces.list({ ...query, limit: left, ...(cursor !== undefined && { cursor }) })
    found.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== undefined && found.length < limit)
  return found
}
