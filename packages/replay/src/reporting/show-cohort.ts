import type { ReplayedCohort } from '../select/cohort-sources.ts'
import { showCount } from './show-number.ts'

/** `cohort bad-refunds@3: 40 traces, 2 no longer on the tape, 1 of other functions`. */
export function showCohort({
  name,
  version,
  traces,
  gone,
  ofOthers,
  beyondLimit = 0,
}: ReplayedCohort): string {
  const facts = [
    `${showCount(traces)} ${traces === 1 ? 'trace' : 'traces'}`,
    gone > 0 && `${showCount(gone)} no longer on the tape`,
    ofOthers > 0 && `${showCount(ofOthers)} of other functions`,
    beyondLimit > 0 && `${showCount(beyondLimit)} not replayed because of --limit`,
  ]
  return `cohort ${name}@${version}: ${facts.filter(Boolean).join(', ')}`
}
