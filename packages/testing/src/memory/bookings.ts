import type { Run, UsageDimension, UsageRow } from '@runtape/core'
import { type Booking, billOfRun, bookingsOf, calendarTime } from '@runtape/core/store-helpers'

/** What a run adds to a row of the bill. */
export interface RunBooking extends Booking {
  readonly group: UsageRow['group']
  readonly run: Run
}

export function runBookings(run: Run, groupBy: readonly UsageDimension[]): RunBooking[] {
  const bookings = bookingsOf(billOfRun(run), groupBy.includes('model'))
  return bookings.map(booking => ({ ...booking, run, group: groupOf(run, groupBy, booking.model) }))
}

const dimensions: Readonly<Record<Exclude<UsageDimension, 'model'>, (run: Run) => string>> = {
  hour: run => isoTime(run).slice(0, 13),
  day: run => isoTime(run).slice(0, 10),
  month: run => isoTime(run).slice(0, 7),
  config: run => run.configKey,
  variation: run => run.variationKey,
  version: run => String(run.version),
  provider: run => run.providerName,
  contextKind: run => run.context?.kind ?? '',
  contextKey: run => run.context?.key ?? '',
}

const isoTime = ({ firstAt }: Run): string => calendarTime(firstAt)

function groupOf(run: Run, groupBy: readonly UsageDimension[], model: string): UsageRow['group'] {
  const named = groupBy.map(dimension => [
    dimension,
    dimension === 'model' ? model : dimensions[dimension](run),
  ])
  return Object.fromEntries(named)
}
