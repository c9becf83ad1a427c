import { randomUUID } from 'node:crypto'
import { type Cost, type RunEvent, RuntapeError, type SpanRecord } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import {
  type Change,
  type CohortEntry,
  type CohortVersion,
  type Review,
  type ReviewClaim,
  removalMark,
  type SavedView,
} from '@runtape/core/store'
import type { CheckedSubject, RemovedRuns, Tombstone } from '@runtape/core/store-helpers'
import { type KeptBudgets, type KeptCount, type KeptSample, noBudgets } from '../kept.ts'

/** Time and sequence number of an arrival. */
export interface Arrival {
  readonly revision: number
  /** Milliseconds since the Unix epoch, never before an earlier arrival. */
  readonly at: number
}

/** A version of a cohort, with its entries in order. */
export interface StoredVersion extends CohortVersion {
  readonly revision: number
  readonly entries: ReadonlyMap<string, CohortEntry>
}

/** All versions of a cohort, oldest first. */
interface StoredCohort {
  readonly versions: StoredVersion[]
}

/** A review, as it was put. */
export interface StoredReview {
  readonly review: Review
  readonly subject: CheckedSubject
  readonly revision: number
  withdrawn?: { readonly revision: number; readonly at: number; readonly by: string }
}

/** Everything that a memory store holds, each map in order of arrival. */
export interface Tape {
  /** The store, as part of its revisions. */
  readonly id: string
  /** By identity. */
  readonly events: Map<string, RunEvent>
  /** Arrival of each event and span, by identity. */
  readonly arrivals: Map<string, Arrival>
  /** Costs that arrived after their event, by its identity. */
  readonly prices: Map<string, Arrival & { readonly cost: Cost }>
  /** The last arrival. */
  last: Arrival
  /** All arrivals, including those of removed records. */
  readonly received: Arrival[]
  /** What each of them changed. */
  log: { readonly revision: number; readonly change: Change }[]
  /** By identity. */
  readonly spans: Map<string, SpanRecord>
  /** By name. */
  readonly cohorts: Map<string, StoredCohort>
  /** By name. */
  readonly views: Map<string, SavedView>
  /** The last version of a view. */
  lastView: number
  /** Last versions of removed cohorts, by name. */
  readonly removedCohorts: Map<string, number>
  /** In order of arrival. */
  readonly reviews: StoredReview[]
  /** Claims on items of queues. */
  readonly claims: Map<string, ReviewClaim>
  /** Hashes of removed identities. */
  readonly tombstones: Map<string, Tombstone>
  /** Runs that existed from one revision until another, when they were removed. */
  readonly removed: (RemovedRuns & { readonly from: number; readonly to: number })[]
  readonly budgets: KeptBudgets
  readonly health: { counts: KeptCount[]; samples: KeptSample[]; readonly conflicts: Set<string> }
  closed: boolean
}

export const newTape = (): Tape => ({
  id: randomUUID().slice(0, 8),
  events: new Map(),
  arrivals: new Map(),
  prices: new Map(),
  last: { revision: 0, at: -Infinity },
  received: [],
  log: [],
  spans: new Map(),
  cohorts: new Map(),
  views: new Map(),
  lastView: 0,
  removedCohorts: new Map(),
  reviews: [],
  claims: new Map(),
  tombstones: new Map(),
  removed: [],
  budgets: noBudgets(),
  health: { counts: [], samples: [], conflicts: new Set() },
  closed: false,
})

/** The tape, unless its store was closed. */
export function openTape(tape: Tape): Tape {
  if (!tape.closed) return tape
  throw new RuntapeError('store-closed', 'This memory store was closed. Make a new one with memoryStore().')
}

/** Run events that count: not those of replays. */
export const liveEvents = (tape: Tape): RunEvent[] => [...tape.events.values()].filter(event => !event.replay)

/** The arrival of a record or other change that is made now. Keep its revision with the record. */
export function arrive(tape: Tape, change?: Change): Arrival {
  tape.last = { revision: tape.last.revision + 1, at: Math.max(realNow(), tape.last.at) }
  tape.received.push(tape.last)
  if (change) tape.log.push({ revision: tape.last.revision, change })
  return tape.last
}

/** As `arrive`, for a record that was removed. */
export function arriveRemoval(tape: Tape, kind: Change['kind'], id: string): Arrival {
  tape.log = tape.log.filter(({ change }) => change.kind !== kind || change.id !== id)
  return arrive(tape, { kind, id: removalMark(kind, id), isRemoved: true })
}
