import type { Database } from '../database/database.ts'

/** The last event and span whose texts are included in `search`. */
export interface SearchState {
  /** Whether a process has ever opened the file with `search: true`. */
  readonly is_used: number
  readonly event_id: number
  readonly span_id: number
}

export const searchState = (database: Database): SearchState =>
  database.get<SearchState>('SELECT * FROM search_state') as SearchState
