import type { Database } from '../database/database.ts'

/** The newest ids in a database. */
export interface Marks {
  readonly events: number
  readonly prices: number
  readonly spans: number
  readonly testRuns: number
  readonly testRunEnds: number
  readonly items: number
  readonly verdicts: number
  readonly reviews: number
  readonly setAside: number
  /** Whether events are waiting to be sent. */
  readonly waiting: boolean
}

const marksSql = `SELECT ${[
  ['events', 'run_events'],
  ['prices', 'event_prices'],
  ['spans', 'span_rows'],
  ['testRuns', 'test_runs'],
  ['testRunEnds', 'test_run_ends'],
  ['items', 'items'],
  ['verdicts', 'verdict_history'],
  ['reviews', 'reviews'],
  ['setAside', 'set_aside'],
]
  .map(([name, table]) => `(SELECT coalesce(max(id), 0) FROM ${table}) AS ${name}`)
  .join(', ')}`

/** `undefined` if they cannot be read. */
export function readMarks(database: Database): Marks | undefined {
  try {
    return { ...(database.get<Omit<Marks, 'waiting'>>(marksSql) as Marks), waiting: isWaiting(database) }
  } catch {
    return undefined
  }
}

function isWaiting(database: Database): boolean {
  try {
    return database.get('SELECT 1 FROM outbox LIMIT 1') !== undefined
  } catch {
    // The outbox is damaged. Assume that some events can be read.
    return true
  }
}

/** Marks before all rows. Rows that could not be read when a file was opened may become readable. */
export const noMarks: Marks = {
  events: 0,
  prices: 0,
  spans: 0,
  testRuns: 0,
  testRunEnds: 0,
  items: 0,
  verdicts: 0,
  reviews: 0,
  setAside: 0,
  waiting: true,
}
