import { RuntapeError } from '@runtape/core'
import type { Cohort, CohortItem, Store } from '@runtape/core/store'
import { readCohortRef } from '@runtape/core/store-helpers'
import type { ReplaySource } from './source.ts'

/** The cohort of a replay, with the numbers of skipped traces. */
export interface ReplayedCohort {
  readonly name: string
  readonly version: number
  /** Number of its traces. */
  readonly traces: number
  /** Number of its traces that are no longer on the tape. They are not replayed. */
  readonly gone: number
  /** Number of its traces that are calls of other functions. They are not replayed. */
  readonly ofOthers: number
  /** Number of its traces beyond `limit`. They are not replayed. Absent if there are none. */
  readonly beyondLimit?: number
}

export interface CohortSources {
  readonly cohort: ReplayedCohort
  readonly sources: readonly ReplaySource[]
}

/**
 * The traces of a cohort that are calls of `key`, in its order, at most `limit` of them.
 *
 * @param text a name, or a name with a version: `bad-refunds@3`
 */
export async function cohortSources(
  store: Store,
  key: string,
  text: string,
  limit = Number.POSITIVE_INFINITY,
): Promise<CohortSources> {
  const found = await store.cohorts.get(text)
  if (found === undefined) throw unknownCohort(text)
  const { name, version, size } = found
  const [sources, counts] = [[] as ReplaySource[], { gone: 0, ofOthers: 0 }]
  let beyondLimit = 0
  for await (const { traceId, trace } of entriesOf(store, found)) {
    if (trace === undefined) counts.gone++
    else if (trace.key !== key) counts.ofOthers++
    else if (sources.length < limit) sources.push({ traceId })
    else beyondLimit++
  }
  const cohort = { name, version, traces: size, ...counts, ...(beyondLimit > 0 && { beyondLimit }) }
  if (sources.length === 0) throw nothingToReplay(key, cohort)
  return { cohort, sources }
}

async function* entriesOf(store: Store, { name, version }: Cohort): AsyncGenerator<CohortItem> {
  let cursor: string | undefined
  do {
    const query = { limit: 500, ...(cursor !== undefined && { cursor }) }
    const page = await store.cohorts.entries(`${name}@${version}`, query)
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

/** Loads the output that a cohort expects of a trace. */
export async function expectedInCohort(
  store: Store,
  { name, version }: Pick<ReplayedCohort, 'name' | 'version'>,
  traceId: string,
): Promise<CohortItem['expected']> {
  const { items } = await store.cohorts.entries(`${name}@${version}`, { traceId, limit: 1 })
  return items[0]?.expected
}

function unknownCohort(text: string): RuntapeError {
  const { name, version } = readCohortRef(text)
  const what = version === undefined ? `no cohort "${name}"` : `no cohort "${name}" with a version ${version}`
  return new RuntapeError('no-traces', `The store has ${what}. "runtape cohort list" shows what it has.`)
}

function nothingToReplay(
  key: string,
  { name, version, traces, gone, ofOthers }: ReplayedCohort,
): RuntapeError {
  const why = [gone > 0 && `${gone} no longer on the tape`, ofOthers > 0 && `${ofOthers} of other functions`]
  const facts = [`${traces} traces`, ...why.filter(Boolean)].join(', ')
  return new RuntapeError(
    'no-traces',
    `Cohort ${name}@${version} has no trace of '${key}' to replay (${facts}). Add some: runtape cohort add ${name} <trace>….`,
  )
}
