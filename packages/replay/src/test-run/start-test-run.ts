import { RuntapeError, type TestRun } from '@runtape/core'
import { v7 } from 'uuid'
import type { ReplayOptions } from '../options.ts'
import { findTraces } from '../select/find-traces.ts'
import { partOf, shardOf } from '../select/shard.ts'
import type { ReplaySource } from '../select/source.ts'

const defaultLimit = 5

/** A test run, and its part to be replayed here. */
export interface StartedTestRun {
  readonly testRunId: string
  readonly testRunUrl: string | undefined
  readonly sources: readonly ReplaySource[]
}

/** Starts a test run, or joins the one with the given id. */
export async function startTestRun(key: string, options: ReplayOptions): Promise<StartedTestRun> {
  const { store, testRunId, spans } = options
  const known = testRunId === undefined ? undefined : await store.testRuns.get(testRunId)
  const sources = known ? sourcesOf(known, options) : await chooseSources(key, options)
  const started = await store.testRuns.start({
    key,
    sourceTraceIds: sources.map(({ traceId }) => traceId),
    testRunId: testRunId ?? v7(),
    ...codeChange(options),
  })
  // Another machine may have started it meanwhile, with another list.
  const joined = testRunId === undefined ? undefined : await store.testRuns.get(testRunId)
  if (joined && joined.key !== key) throw otherKey(joined, key)
  const all = joined && !spans ? sourcesOf(joined, options) : sources
  const { testRunUrl } = started
  return { testRunId: started.testRunId, testRunUrl, sources: partOf(all, shardOf(options.shard)) }
}

/** The traces selected by these options. */
export async function chooseSources(
  key: string,
  options: Pick<ReplayOptions, 'store' | 'spans' | 'traceIds' | 'where' | 'limit'>,
): Promise<readonly ReplaySource[]> {
  const { store, spans, traceIds, where = {}, limit = defaultLimit } = options
  if (spans) return spans
  const ids = traceIds ?? (await findTraces(store, key, where, limit))
  return ids.map(traceId => ({ traceId }))
}

const sourcesOf = ({ sourceTraceIds }: TestRun, { spans }: ReplayOptions): readonly ReplaySource[] =>
  spans ?? sourceTraceIds.map(traceId => ({ traceId }))

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
