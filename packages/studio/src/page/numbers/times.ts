/** The zone in which times are shown and days are cut. */
export type Zone = 'UTC' | 'local'

/** The name of a zone for `usage`. */
export const zoneName = (zone: Zone): string =>
  zone === 'UTC' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone} ${JSON.stringify(options)}`
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zoneName(zone), hourCycle: 'h23' })
  formats.set(key, made)
  return made
}

const day = { day: 'numeric', month: 'short' } as const
const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const

/** `29 Nov 17:46:24`, with the year when it is not this one. */
export function listTime(at: number, zone: Zone, now = Date.now()): string {
  const isThisYear = yearOf(at, zone) === yearOf(now, zone)
  const date = formatOf(zone, isThisYear ? day : { ...day, year: 'numeric' }).format(at)
  return `${date} ${formatOf(zone, clock).format(at)}`
}

const yearOf = (at: number, zone: Zone): string => formatOf(zone, { year: 'numeric' }).format(at)

const units: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
]

/** `3 h ago`. */
export function ago(at: number, now = Date.now()): string {
  const passed = Math.max(0, now - at)
  const [ms, name] = units.find(([ms]) => passed >= ms) ?? [1000, 's']
  return `${Math.floor(passed / ms)} ${name} ago`
}

/** For a title: the instant in both zones, and how long ago. */
export const exactTime = (at: number): string =>
  `${new Date(at).toISOString()}\n${new Date(at).toString()}\n${ago(at)}`
