import { calendarTime } from './calendar.ts'

export type TimeDimension = 'bucket' | 'hour' | 'day' | 'month'

/** Functions that format the bucket, hour, day and month of a time; `''` for a time outside the calendar. */
export type TimeLabels = Readonly<Record<TimeDimension, (at: number) => string>>

/**
 * Formats times in a time zone. An hour has its offset (`2026-10-25T02+02:00`), because two hours have the same name
 * when clocks are put back.
 *
 * @param timeZone an IANA name such as `Europe/Berlin`. Default: UTC, whose hours have no offset.
 * @param bucketMs the width of a bucket in milliseconds. Default: an hour.
 */
export function timeLabels(timeZone?: string, bucketMs = hourMs): TimeLabels {
  if (timeZone === undefined) return utcLabels(bucketMs)
  const offsetAt = offsetsOf(timeZone)
  const local = (at: number): string => (calendarTime(at) === '' ? '' : calendarTime(at + offsetAt(at)))
  return {
    bucket: at => {
      const [offset, start] = bucketAt(at, bucketMs, offsetAt)
      const time = calendarTime(at) === '' ? '' : calendarTime(start)
      return time === '' ? '' : `${shortTime(time)}${offsetText(offset)}`
    },
    hour: at => {
      const time = local(at)
      return time === '' ? '' : `${time.slice(0, 13)}${offsetText(offsetAt(at))}`
    },
    day: at => local(at).slice(0, 10),
    month: at => local(at).slice(0, 7),
  }
}

const utcLabels = (bucketMs: number): TimeLabels => ({
  bucket: at => (calendarTime(at) === '' ? '' : shortTime(calendarTime(startIn(at, bucketMs)))),
  hour: at => calendarTime(at).slice(0, 13),
  day: at => calendarTime(at).slice(0, 10),
  month: at => calendarTime(at).slice(0, 7),
})

/** Weeks begin on Mondays. */
const firstMonday = Date.UTC(1969, 11, 29)

const startIn = (local: number, bucketMs: number): number =>
  local - ((((local - firstMonday) % bucketMs) + bucketMs) % bucketMs)

/**
 * The start of the bucket in local time, and its offset. When clocks are put back, a bucket of an hour or less occurs
 * twice.
 */
function bucketAt(
  at: number,
  bucketMs: number,
  offsetAt: (at: number) => number,
): readonly [offset: number, start: number] {
  const offset = offsetAt(at)
  const start = startIn(at + offset, bucketMs)
  return [bucketMs > hourMs ? offsetAt(start - offset) : offset, start]
}

/** Without milliseconds, and without seconds if these are 0. */
const shortTime = (iso: string): string => iso.replace(/(:00)?\.000Z$|Z$/, '')

const hourMs = 3_600_000
const minuteMs = 60_000
const dayMs = 86_400_000

/** One day in UTC. On nearly all days the offset is constant. */
interface DayOffsets {
  readonly before: number
  readonly after: number
  /** When the offset changes; the end of the day if it does not. */
  readonly changeAt: number
}

/** The offset of local time from UTC, in milliseconds, at any time. */
function offsetsOf(timeZone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset', day: 'numeric' })
  const ask = (at: number): number => offsetIn(format.format(at))
  const days = new Map<number, DayOffsets>()
  return at => {
    const day = Math.floor(at / dayMs)
    let known = days.get(day)
    if (known === undefined) {
      known = offsetsOfDay(day * dayMs, ask)
      days.set(day, known)
    }
    return at < known.changeAt ? known.before : known.after
  }
}

function offsetsOfDay(start: number, ask: (at: number) => number): DayOffsets {
  const [before, after] = [ask(start), ask(start + dayMs - 1)]
  if (before === after) return { before, after, changeAt: start + dayMs }
  let [low, high] = [start, start + dayMs - 1]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (ask(middle) === before) low = middle
    else high = middle
  }
  return { before, after, changeAt: high }
}

/** From `1/31, GMT+05:30`; plain `GMT` is UTC. */
function offsetIn(text: string): number {
  const [, sign, hours, minutes, seconds] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(text) ?? []
  const offset =
    Number(hours ?? 0) * 60 * minuteMs + Number(minutes ?? 0) * minuteMs + Number(seconds ?? 0) * 1000
  return sign === '-' ? -offset : offset
}

function offsetText(offset: number): string {
  const minutes = Math.floor(Math.abs(offset) / minuteMs)
  const two = (count: number) => String(count).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
