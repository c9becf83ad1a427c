import { type Condition, matches } from '@runtape/core/filter'
import type { RunFilter } from '@runtape/core/store'
import { type Checked, listedRun, runFacts } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { type Known, namesOfRows, runsWithIds } from '../records/runs-with-ids.ts'
import type { Block } from '../rows/blocks.ts'
import type { RunPart } from '../rows/run-row.ts'
import { type ContextFilter, contextFilter } from './context-filter.ts'
import { factsOfTraces, type Needs, needsOf, noFacts, reviewsOf } from './facts-of-traces.ts'
import { otherConditions } from './packed-filters.ts'
import { type OfReviews, type Reviewing, unreviewedAmong } from './reviewed-runs.ts'

/** Number of runs that are read in one step: with their events, or only with their reviews. */
const [runsAtOnce, idsAtOnce] = [32, 256]

/** Applies the conditions that columns cannot answer: reads the events of runs and the needed facts of their traces. */
export class MatchingRuns {
  /** Number of runs to pass to `among`. */
  readonly runsAtOnce: number
  readonly #database: Database
  readonly #conditions: readonly Condition[]
  readonly #needs: Needs
  readonly #revision: Known
  readonly #unreviewed: Reviewing | undefined
  readonly #contexts: ContextFilter | undefined

  constructor(
    database: Database,
    conditions: readonly Condition[],
    revision: Known,
    unreviewed: Reviewing | undefined,
  ) {
    this.runsAtOnce = conditions.length > 0 ? runsAtOnce : idsAtOnce
    this.#unreviewed = unreviewed
    this.#contexts = contextFilter(database, conditions, revision.eventId)
    this.#database = database
    this.#conditions = conditions
    this.#needs = needsOf(conditions)
    this.#revision = revision
  }

  /** Returns the ids of the rows whose runs match. */
  *among(ids: readonly number[]): Sliced<ReadonlySet<number>> {
    const reviewing = this.#unreviewed
    const open = reviewing ? unreviewedAmong(this.#database, ids, reviewing, this.#revision) : ids
    if (this.#conditions.length === 0) return new Set(open)
    if (this.#contexts === undefined) return yield* this.#matching(open)
    const { sure, unsure } = this.#contexts.among(open)
    const isDecided = this.#contexts.isAllOf(this.#conditions)
    const left = isDecided ? unsure : [...sure, ...unsure]
    const matching = left.length > 0 ? yield* this.#matching(left) : []
    return new Set([...matching, ...(isDecided ? sure : [])])
  }

  *#matching(ids: readonly number[]): Sliced<ReadonlySet<number>> {
    const rows = namesOfRows(this.#database, ids)
    const runs = runsWithIds(
      this.#database,
      rows.map(({ run_id }) => run_id),
      this.#revision,
    )
    const traces = yield* factsOfTraces(
      this.#database,
      runs.flatMap(({ traceId }) => traceId ?? []),
      this.#needs,
      this.#revision.spanId,
    )
    const isReviewed = reviewsOf(this.#database, runs, this.#needs)
    const found = runs.filter(run => {
      const trace = traces.get(run.traceId ?? '') ?? noFacts
      const facts = runFacts(listedRun(run), { ...trace, isReviewed: isReviewed(run) })
      return matches(this.#conditions, facts)
    })
    const matching = new Set(found.map(({ runId }) => runId))
    return new Set(rows.filter(({ run_id }) => matching.has(run_id)).map(({ id }) => id))
  }

  /** Clears the marks of the runs of a block that do not match. Yields between steps. */
  *keepIn(block: Block, isWanted: Uint8Array): Sliced<void> {
    const places = Array.from({ length: block.size }, (_, place) => place).filter(
      place => isWanted[place] === 1,
    )
    for (let from = 0; from < places.length; from += this.runsAtOnce) {
      const some = places.slice(from, from + this.runsAtOnce)
      const matching = yield* this.among(some.map(place => block.idAt(place)))
      for (const place of some) if (!matching.has(block.idAt(place))) isWanted[place] = 0
      yield
    }
  }
}

/** `undefined` if columns answer all conditions of the query. */
export function matchingRuns(
  database: Database,
  { where, unreviewed }: Pick<Checked<RunFilter>, 'where'> & OfReviews,
  revision: Known,
): MatchingRuns | undefined {
  const others = otherConditions(where)
  if (others.length === 0 && unreviewed === undefined) return undefined
  return new MatchingRuns(database, others, revision, unreviewed)
}

/** A copy of the block with the current parts of its marked runs: they may change while a reader pauses. */
export function withParts(block: Block, isWanted: Uint8Array): Block {
  const isInParts = block.column('parts')
  const parts = new Map<number, readonly RunPart[]>()
  for (let place = 0; place < block.size; place++)
    if (isWanted[place] === 1 && isInParts[place] === 1) parts.set(place, block.partsAt(place))
  return { ...block, partsAt: place => parts.get(place) ?? [] }
}
