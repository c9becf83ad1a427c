import { consoleLogger, type TapeRecord } from '@runtape/core'
import { type Pricing, pricing, recordName, warnSafely } from '@runtape/core/internal'
import type { Project } from '../projects.ts'

const pricings = new WeakMap<Project, Pricing>()

/** The records, with the cost of their tokens by the project's price list. */
export function priced(records: readonly TapeRecord[], project: Project): readonly TapeRecord[] {
  const price = pricingOf(project)
  return price ? records.map(record => (record.kind === 'run-event' ? price(record) : record)) : records
}

function pricingOf(project: Project): Pricing | undefined {
  const { prices } = project
  const known = pricings.get(project)
  if (known || prices === undefined) return known
  let hasFailed = false
  const made = pricing(prices, (event, reason) => {
    // A list that fails once fails often.
    if (!hasFailed)
      warnSafely(
        consoleLogger,
        `The price list failed at ${recordName(event)}: ${reason} Such records are kept without a cost. Mend the list, then run runtape reprice.`,
      )
    hasFailed = true
  })
  pricings.set(project, made)
  return made
}
