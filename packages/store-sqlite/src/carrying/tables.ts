/** How the rows of a table reach the file that replaces an open one. */
type Carrying =
  /** As records, written again. */
  | 'records'
  /** Row by row, if this process changed them or they were added since the last check. */
  | 'rows'
  /** With the rows of another table. */
  | { readonly with: string }
  /** Not at all, with the reason. */
  | { readonly not: string }

const derived = { not: 'it is made again from the events' } as const
const ofOneFile = { not: 'revisions are of one file' } as const
const filledAgain = { not: 'search fills it again' } as const

/** Every table of the schema. */
export const carryingOfTables: Readonly<Record<string, Carrying>> = {
  run_events: 'records',
  event_prices: 'records',
  span_rows: 'records',
  payloads: { with: 'span_rows' },
  outbox: 'rows',
  set_aside: 'rows',
  tombstones: 'rows',
  test_runs: 'rows',
  test_run_ends: 'rows',
  items: 'rows',
  item_parts: { with: 'items' },
  verdict_history: 'rows',
  verdicts: { not: 'its rows are moved to verdict_history as they are written' },
  cohorts: 'rows',
  cohort_versions: { with: 'cohorts' },
  cohort_entries: { with: 'cohorts' },
  removed_cohorts: 'rows',
  reviews: 'rows',
  review_claims: 'rows',
  views: 'rows',
  view_versions: { with: 'views' },
  budgets: 'rows',
  budget_levels: 'rows',
  budget_crossings: 'rows',
  health_counts: 'rows',
  health_samples: 'rows',
  health_conflicts: 'rows',
  texts: derived,
  runs: derived,
  run_parts: derived,
  run_state: derived,
  run_segments: derived,
  run_columns: derived,
  run_changes: derived,
  changes: ofOneFile,
  changes_floor: ofOneFile,
  revision_times: ofOneFile,
  removed_runs: ofOneFile,
  store_ids: ofOneFile,
  search_texts: filledAgain,
  search_state: filledAgain,
  search_index: filledAgain,
  search_dirty: filledAgain,
}
