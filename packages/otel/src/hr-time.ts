/** Seconds, and nanoseconds beyond them. */
export type HrTime = [number, number]

/** Milliseconds as OpenTelemetry tells time: whole seconds, and nanoseconds beyond them. */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000)
  return carried(seconds, Math.round((ms - seconds * 1000) * 1e6))
}

/** Added part by part: a number of milliseconds since the epoch has no room for nanoseconds. */
export function addHrTimes([seconds, nanos]: HrTime, [moreSeconds, moreNanos]: HrTime): HrTime {
  return carried(seconds + moreSeconds, nanos + moreNanos)
}

const carried = (seconds: number, nanos: number): HrTime =>
  nanos >= 1e9 ? [seconds + 1, nanos - 1e9] : [seconds, nanos]
