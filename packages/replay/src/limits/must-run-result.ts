/** Numbers of calls of a key that must run, over all items and attempts. */
export interface MustRunResult {
  /** Calls whose real code ran: neither answered nor refused. */
  readonly ran: number
  readonly served: number
  readonly drifted: number
  readonly overridden: number
  readonly missed: number
  /** Number of items in which it ran. */
  readonly items: number
  /** Whether the replay was one shard. It does not fail, because another shard may reach the key. */
  readonly isShard?: true
  /** Some of the keys that did run, if this one did not. */
  readonly othersRan?: readonly string[]
}

/** Whether the result fails the report. A single shard never does. */
export const isUnreached = ({ ran, isShard }: MustRunResult): boolean => ran === 0 && !isShard
