import { RuntapeError } from '../errors.ts'

/**
 * A point in time: a `Date`, milliseconds since the Unix epoch, an ISO date or time (`2026-01-31`, `2026-01-31T09:30`;
 * UTC if it has no zone), or a duration before now (`30m`, `24h`, `7d`).
 */
export type PointInTime = Date | number | string

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const length = /^(\d{1,9})([smhdw])$/
const iso = /^\d{4}-\d\d-\d\d(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?)?$/

/** Numbers before the year 2000 are probably seconds. */
const earliest = Date.UTC(2000, 0, 1)
/** The range of `Date`. */
const latest = 8.64e15

/**
 * Reads a point in time as milliseconds since the Unix epoch.
 *
 * @param name the name in the error: `where.since`
 * @throws {RuntapeError} `invalid-option` for anything else, with the expected formats
 */
export function pointInTime(name: string, time: PointInTime, now = Date.now()): number {
  if (typeof time === 'number') return milliseconds(name, time)
  const at =
    time instanceof Date ? time.getTime() : typeof time === 'string' ? textTime(time, now) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw invalid(name, time, 'is not a time')
}

/** Milliseconds of `30m`, `24h` or `7d`; `undefined` for other texts. */
export function lengthOfTime(text: string): number | undefined {
  const [, count, unit] = length.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * units[unit as keyof typeof units]
}

function milliseconds(name: string, time: number): number {
  if (!Number.isFinite(time) || Math.abs(time) > latest) throw invalid(name, time, 'is not a time')
  if (time >= earliest) return time
  const isSeconds = time * 1000 >= earliest
  throw invalid(
    name,
    time,
    isSeconds ? 'is a time in seconds; it must be in milliseconds' : 'is before the year 2000',
  )
}

function textTime(text: string, now: number): number {
  const ago = lengthOfTime(text)
  if (ago !== undefined) return now - ago
  const [whole, time, zone] = iso.exec(text) ?? []
  if (whole === undefined) return Number.NaN
  return isRealDay(whole.slice(0, 10)) ? Date.parse(time && !zone ? `${whole}Z` : whole) : Number.NaN
}

// `2026-02-30` would become the 2nd of March.
function isRealDay(day: string): boolean {
  const at = Date.parse(day)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day)
}

function invalid(name: string, time: unknown, problem: string): RuntapeError {
  return new RuntapeError(
    'invalid-option',
    `${name} ${problem}: ${shown(time)}. Use '30m', '12h', '7d', a date such as '2026-01-31' or '2026-01-31T09:30Z', a Date, or milliseconds since 1970.`,
  )
}

function shown(time: unknown): string {
  try {
    return String(time)
  } catch {
    return typeof time
  }
}
