import { RuntapeError } from '@runtape/core'

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const ago = /^(\d+)([smhdw])$/

/** A time as milliseconds since the Unix epoch: a `Date`, a number, how long ago (`7d`), or a date in ISO form. */
export function pointInTime(name: string, time: Date | number | string, now = Date.now()): number {
  if (typeof time === 'number' && Number.isFinite(time)) return time
  const [, count, unit] = (typeof time === 'string' && ago.exec(time)) || []
  if (count !== undefined) return now - Number(count) * units[unit as keyof typeof units]
  const at = typeof time === 'number' ? Number.NaN : new Date(time).getTime()
  if (!Number.isNaN(at)) return at
  throw new RuntapeError(
    'invalid-option',
    `${name} is not a time: ${String(time)}. Use '30m', '12h', '7d', a date such as '2026-01-31', or a Date.`,
  )
}
