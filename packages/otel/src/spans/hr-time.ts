/** Seconds and remaining nanoseconds. */
export type HrTime = [number, number]

/** Milliseconds in OpenTelemetry's form: whole seconds and remaining nanoseconds. */
export function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000)
  return carried(seconds, Math.round((ms - seconds * 1000) * 1e6))
}

/** Added in parts: a number of milliseconds since the epoch cannot hold nanoseconds. */
export function addHrTimes([seconds, nanos]: HrTime, [moreSeconds, moreNanos]: HrTime): HrTime {
  return carried(seconds + moreSeconds, nanos + moreNanos)
}

const carried = (seconds: number, nanos: number): HrTime =>
  nanos >= 1e9 ? [seconds + 1, nanos - 1e9] : [seconds, nanos]
