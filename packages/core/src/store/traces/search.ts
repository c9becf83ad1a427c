import type { Page } from '../lists.ts'
import type { AsOf, Revision } from '../revision.ts'
import type { RunFilter } from '../runs/runs.ts'

/** Part of a run or trace that is searched. */
export type SearchPlace = 'input' | 'output' | 'error' | 'comment'

/**
 * What `search` looks for, and in which runs. Without fields of a filter it also searches traces without a run; `since` and
 * `until` then apply to the start of the trace.
 */
export interface SearchQuery extends RunFilter, AsOf {
  /** Plain text of at most 1,000 characters. Case is ignored, accents are not. */
  readonly text: string
  /** At most this many hits. Default: 50. */
  readonly limit?: number
  /** The `nextCursor` or `previousCursor` of a page. All pages show the texts up to `completeTo` of the first one. */
  readonly cursor?: string
}

/** A text that contains the search text. */
export interface SearchHit {
  readonly in: SearchPlace
  /** The run of the text. For an input, output or error of a trace: its run, if it has exactly one. */
  readonly runId?: string
  readonly traceId?: string
  /** Start of the trace, or the time of the run's event. */
  readonly at: number
  /** Part of the text around its first match. */
  readonly excerpt: string
  /** Where the match starts and ends in `excerpt`, in UTF-16 code units. */
  readonly match: readonly [start: number, end: number]
}

/** A page of hits, newest first. */
export interface SearchHits extends Page<SearchHit> {
  /**
   * All texts up to this revision were searched, and no later ones. It is before the current revision, or before `asOf`, if
   * texts are still missing: search again to find them.
   */
  readonly completeTo: Revision
}
