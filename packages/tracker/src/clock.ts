/** Where a tracker takes the time from. */
export interface Clock {
  /** The time of day, in milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds since some fixed moment; never jumps, whatever happens to the time of day. */
  monotonic(): number
}
