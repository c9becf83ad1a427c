import { RuntapeError } from '@runtape/core'
import type { TestRun } from '@runtape/core/store'
import { readCohortRef } from '@runtape/core/store-helpers'
import { v7 } from 'uuid'
import type { ReplayOptions } from '../options.ts'
import { cohortSources, type ReplayedCohort } from '../select/cohort-sources.ts'
import { findTraces } from '../select/find-traces.ts'
import { partOf, shardOf } from '../select/shard.ts'
import type { ReplaySource } from '../select/source.ts'
import { startFacts } from './start-facts.ts'

const defaultLimit = 5

/** A test run, and its part to be replayed here. */
export interface StartedTestRun {
  readonly testRunId: string
  readonly testRunUrl: string | undefined
  readonly cohort: ReplayedCohort | undefined
  readonly sources: readonly ReplaySource[]
  /** Whether other replays may have put items into it. */
  readonly isJoined: boolean
}

/** Starts a test run, or joins the one with the given id. */
export async function startTestRun(key: string, options: ReplayOptions): Promise<StartedTestRun> {
  const { store, testRunId, spans } = options
  const known = testRunId === undefined ? undefined : await store.testRuns.get(testRunId)
  const chosen = known ? undefined : await chooseSources(key, options)
  const sources = chosen?.sources ?? sourcesOf(known as TestRun, options)
  const started = await store.testRuns.start({
    key,
    sourceTraceIds: sources.map(({ traceId }) => traceId),
    testRunId: testRunId ?? v7(),
    ...cohortOf(chosen?.cohort),
    ...codeChange(options),
    ...startFacts(options),
  })
  // Another machine may have started it meanwhile, with another list.
  const joined = testRunId === undefined ? undefined : await store.testRuns.get(testRunId)
  if (joined && joined.key !== key) throw otherKey(joined, key)
  const cohort = joined ? await joinedCohort(joined, options, chosen?.cohort) : chosen?.cohort
  const all = joined && !spans ? sourcesOf(joined, options) : sources
  const { testRunUrl } = started
  const isJoined = known !== undefined || options.shard !== undefined
  const own = partOf(all, shardOf(options.shard))
  return { testRunId: started.testRunId, testRunUrl, cohort, sources: own, isJoined }
}

/** The traces that a replay would select, without starting it. */
export async function sourcesToReplay(key: string, options: SourceOptions): Promise<readonly ReplaySource[]> {
  const { store, testRunId, shard } = options
  const known = testRunId === undefined ? undefined : await store.testRuns.get(testRunId)
  if (known && known.key !== key) throw otherKey(known, key)
  const all = known ? sourcesOf(known, options) : (await chooseSources(key, options)).sources
  return partOf(all, shardOf(shard))
}

type SourceOptions = Pick<
  ReplayOptions,
  'store' | 'spans' | 'traceIds' | 'cohort' | 'where' | 'limit' | 'testRunId' | 'shard'
>

/** The traces selected by these options. */
async function chooseSources(
  key: string,
  options: Pick<ReplayOptions, 'store' | 'spans' | 'traceIds' | 'cohort' | 'where' | 'limit'>,
): Promise<ChosenSources> {
  const { store, spans, traceIds, cohort, where = {}, limit } = options
  if (spans) return { sources: spans }
  if (cohort !== undefined) return cohortSources(store, key, cohort, limit)
  const ids = traceIds ?? (await findTraces(store, key, where, limit ?? defaultLimit))
  return { sources: ids.map(traceId => ({ traceId })) }
}

interface ChosenSources {
  readonly sources: readonly ReplaySource[]
  readonly cohort?: ReplayedCohort
}

const cohortOf = (cohort: ReplayedCohort | undefined): Pick<TestRun, 'cohort'> =>
  cohort ? { cohort: { name: cohort.name, version: cohort.version } } : {}

/** All parts of a test run replay the version that the first one found. */
async function joinedCohort(
  joined: TestRun,
  { store, cohort: asked }: ReplayOptions,
  chosen: ReplayedCohort | undefined,
): Promise<ReplayedCohort | undefined> {
  const { testRunId, cohort } = joined
  const wanted = asked === undefined ? undefined : readCohortRef(asked)
  const isOther =
    wanted && (wanted.name !== cohort?.name || (wanted.version ?? cohort.version) !== cohort.version)
  if (isOther) {
    const has = cohort ? `replays cohort ${cohort.name}@${cohort.version}` : 'replays no cohort'
    throw new RuntapeError(
      'invalid-option',
      `Test run ${testRunId} ${has}, not ${asked}. Pass a different testRunId for each cohort.`,
    )
  }
  if (cohort === undefined || (chosen && chosen.version === cohort.version)) return chosen
  return (await cohortSources(store, joined.key, `${cohort.name}@${cohort.version}`)).cohort
}

const sourcesOf = (
  { sourceTraceIds }: TestRun,
  { spans }: Pick<ReplayOptions, 'spans'>,
): readonly ReplaySource[] => spans ?? sourceTraceIds.map(traceId => ({ traceId }))

function otherKey({ testRunId, key }: TestRun, asked: string): RuntapeError {
  return new RuntapeError(
    'invalid-option',
    `Test run ${testRunId} replays '${key}', not '${asked}'. Pass a different testRunId for each function.`,
  )
}

function codeChange(options: ReplayOptions) {
  const { codeChangeDescription, codeChangeFiles, experimentGroupId, commit, branch, command } = options
  return {
    ...(codeChangeDescription !== undefined && { codeChangeDescription }),
    ...(codeChangeFiles !== undefined && { codeChangeFiles }),
    ...(experimentGroupId !== undefined && { experimentGroupId }),
    ...(commit !== undefined && { commit }),
    ...(branch !== undefined && { branch }),
    ...(command !== undefined && { command }),
  }
}
