import type { Run, UsageDimension, UsageRow } from '@runtape/core/store'
import { type Booking, billOfRun, bookingsOf, type TimeLabels } from '@runtape/core/store-helpers'

/** What a run adds to a row of the bill. */
export interface RunBooking extends Booking {
  readonly group: UsageRow['group']
  readonly run: Run
}

export function runBookings(run: Run, groupBy: readonly UsageDimension[], labels: TimeLabels): RunBooking[] {
  const bookings = bookingsOf(billOfRun(run), groupBy.includes('model'))
  return bookings.map(booking => ({ ...booking, run, group: groupOf(run, groupBy, booking.model, labels) }))
}

type Labelled = Exclude<UsageDimension, 'model'>

const dimensions: Readonly<Record<Labelled, (run: Run, labels: TimeLabels) => string>> = {
  bucket: (run, labels) => labels.bucket(run.firstAt),
  hour: (run, labels) => labels.hour(run.firstAt),
  day: (run, labels) => labels.day(run.firstAt),
  month: (run, labels) => labels.month(run.firstAt),
  config: run => run.configKey,
  variation: run => run.variationKey,
  version: run => String(run.version),
  provider: run => run.providerName,
  contextKind: run => run.context?.kind ?? '',
  contextKey: run => run.context?.key ?? '',
}

function groupOf(
  run: Run,
  groupBy: readonly UsageDimension[],
  model: string,
  labels: TimeLabels,
): UsageRow['group'] {
  const named = groupBy.map(dimension => [
    dimension,
    dimension === 'model' ? model : dimensions[dimension](run, labels),
  ])
  return Object.fromEntries(named)
}
