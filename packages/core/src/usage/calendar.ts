const first = -62_167_219_200_000
const last = 253_402_300_799_999

/**
 * The times that a bill tells by hour, day and month, in milliseconds since the Unix epoch: the years 0 to 9999. What a
 * broken clock has told beyond them is in no group but that of `''`.
 */
export const calendar = { first, last } as const

/** The time as ISO text, or `''` beyond the calendar. */
export const calendarTime = (at: number): string =>
  at >= first && at <= last ? new Date(Math.floor(at)).toISOString() : ''
