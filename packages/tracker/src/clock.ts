/** A tracker's source of time. */
export interface Clock {
  /** The time of day, in milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds since a fixed moment; never jumps when the time of day changes. */
  monotonic(): number
}
