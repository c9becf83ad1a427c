const first = -62_167_219_200_000
const last = 253_402_300_799_999

/**
 * Range (years 0–9999, in milliseconds since the Unix epoch) that usage can group by hour, day and month. Times of a broken clock
 * outside it group under `''`.
 */
export const calendar = { first, last } as const

/** The time as ISO text, or `''` outside the range. */
export const calendarTime = (at: number): string =>
  at >= first && at <= last ? new Date(Math.floor(at)).toISOString() : ''
