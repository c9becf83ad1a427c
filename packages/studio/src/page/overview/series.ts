import type { UsageRow } from '@runtape/core/store'
import { linkTo } from '../address/address.ts'
import { type Zone, zoneName } from '../numbers/times.ts'
import type { Bar } from '../parts/bars.tsx'

const hour = 3_600_000
const day = 24 * hour

/** The grain of bars: hours up to 14 days, days above. */
export const grainOf = (period: string): 'hour' | 'day' =>
  /^(\d+)d$/.test(period) && Number.parseInt(period, 10) > 14 ? 'day' : 'hour'

/** The start of a group of `usage`: `2026-11-29`, `2026-11-29T17`, with the offset of a zone. */
function startOf(group: string): number {
  const [, date = '', clock = '00', offset = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d))?([+-]\d\d:\d\d)?$/.exec(group) ?? []
  return Date.parse(`${date}T${clock}:00:00${offset}`)
}

/** Bars without gaps: a time without runs is a bar of height 0. */
export function barsOf(rows: readonly UsageRow[], grain: 'hour' | 'day', filter: string): readonly Bar[] {
  const known = new Map(rows.map(row => [startOf(row.group[grain] ?? ''), row]))
  const starts = [...known.keys()].sort((a, b) => a - b)
  const [first, last] = [starts[0], starts.at(-1)]
  if (first === undefined || last === undefined) return []
  const step = grain === 'hour' ? hour : day
  const bars: Bar[] = []
  for (let at = first; at <= last; at += step) {
    const row = known.get(at)
    const [since, until] = [new Date(at).toISOString(), new Date(at + step).toISOString()]
    bars.push({
      key: since,
      label: since,
      value: row?.runs ?? 0,
      failed: row?.failed ?? 0,
      link: linkTo('/runs', { q: `${filter} since:"${since}" until:"${until}"`.trim() }),
    })
  }
  return bars
}

/** The parameters that cut a bill by time as the page shows it. */
export const timeCut = (grain: 'hour' | 'day', zone: Zone) => ({
  groupBy: [grain],
  ...(zone === 'local' && { timeZone: zoneName(zone) }),
})
