/** How often the calls of a key that must run were made, over all items and attempts. */
export interface MustRunResult {
  /** Calls that ran as real code: neither answered nor refused. */
  readonly ran: number
  readonly served: number
  readonly drifted: number
  readonly overridden: number
  readonly missed: number
  /** Items in which it ran. */
  readonly items: number
  /** The replay was one shard: another shard may reach it, so this one does not fail. */
  readonly isShard?: true
  /** If it did not run: some of the keys that did. */
  readonly othersRan?: readonly string[]
}

/** Whether it speaks against the change: a shard by itself does not. */
export const isUnreached = ({ ran, isShard }: MustRunResult): boolean => ran === 0 && !isShard
