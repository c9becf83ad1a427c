/** One of several machines that share the traces of a test run; the first is 1. */
export interface Shard {
  readonly index: number
  readonly of: number
}

/** Parses `2/4`; `undefined` if it is invalid. */
export function shardOf(text: unknown): Shard | undefined {
  const parts = typeof text === 'string' ? /^(\d{1,6})\/(\d{1,6})$/.exec(text) : null
  const [index = 0, of = 0] = parts?.slice(1).map(Number) ?? []
  return index >= 1 && index <= of ? { index, of } : undefined
}

/** This shard's part of a list: the shards partition the list. */
export function partOf<T>(list: readonly T[], shard: Shard | undefined): readonly T[] {
  return shard ? list.filter((_, at) => at % shard.of === shard.index - 1) : list
}
