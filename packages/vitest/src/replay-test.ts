import { AsyncLocalStorage } from 'node:async_hooks'
import { RuntapeError } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import type { Store, TraceQuery } from '@runtape/core/store'
import {
  pointInTime,
  type ReplayItem,
  type ReplayOptions,
  type ReplayReport,
  type ReplayResult,
  type ReplayWhere,
  replay,
} from '@runtape/replay'
import { guardProcess } from '@runtape/replay/process'
import { assessReport } from '@runtape/replay/report'
import { tapeStore } from '@runtape/replay/tapes'
import { type AnyFunction, definitionOf } from '@runtape/trace'
import { describe, type TestContext, test } from 'vitest'
import './expect.ts'
import { inOwnFile, tellTestsApart } from './own-file.ts'
import { warnOfTapes } from './warn-of-tapes.ts'
import { testTimeoutMs } from './worker-config.ts'

/** Where the traces are: a store, or a folder of tape files as `runtape export` writes them. */
export type TracesOf = { readonly store: Store } | { readonly tapes: string }

/** Options of `replay`, without those that mean nothing for one trace a test, or would leave a test without its item. */
export type ReplayTestOptions = TracesOf &
  Omit<ReplayOptions, 'store' | 'outside' | (typeof withoutMeaning)[number]> & {
    /**
     * What becomes of calls of `mockOnReplay` functions and of instrumented clients that are made while one of these tests
     * replays, neither in its trace nor by another test. Default: `refuse`, and the test fails.
     */
    readonly outside?: 'refuse' | 'allow'
  }

const withoutMeaning = [
  'onProgress',
  'maxConcurrency',
  'isolate',
  'keepItems',
  'shard',
  'testRunId',
  'spans',
  'cohort',
  'stopOnSigint',
  'maxCostUsd',
  'allowUnpriced',
  'baseline',
] as const satisfies readonly (keyof ReplayOptions)[]

/** Receives the item and the test context. Use the context's `expect` for snapshots in concurrent tests. */
export type CheckItem<F extends AnyFunction> = (item: ItemOf<F>, context: TestContext) => unknown

type ItemOf<F extends AnyFunction> = ReplayItem<Parameters<F>, ReplayResult<ReturnType<F>>>

/**
 * Registers a test for each recorded trace of `fn`: it is replayed through the code as it is now, with calls declared
 * `mockOnReplay` answered from the tape unless `mock` says otherwise. A test passes when its report passes, the replay
 * ended as it was recorded and all mocks were served; with `check` of your own when the report passes and `check` throws
 * nothing. An item that throws what the recording did not throw fails either way, with its own error.
 *
 * With `mustRun`, every trace must run each of these calls as real code.
 *
 * All traces of a folder of tapes are taken, of a store the newest 5, unless `limit` or `traceIds` says otherwise.
 *
 * @throws {RuntapeError} while tests are collected: `not-traced`, `invalid-option`, `no-traces`, `store-unusable`
 *
 * @example
 * ```ts
 * import { traced } from '@runtape/trace'
 * import { replayTest } from '@runtape/vitest'
 *
 * const answer = traced('support.answer', async (question: string) => question.toUpperCase())
 * replayTest(answer, { tapes: 'tapes' })
 * ```
 */
export function replayTest<F extends AnyFunction>(
  fn: F,
  options: ReplayTestOptions,
  check?: CheckItem<F>,
): void {
  const key = keyOf(fn)
  refuseMeaningless(options)
  tellTestsApart()
  const experimentGroupId = options.experimentGroupId ?? newRunId()
  describe(`replay of ${key}`, async () => {
    const timeout = timeoutOf(options)
    const store = 'tapes' in options ? tapeStore(options.tapes) : options.store
    if ('tapes' in options) warnOfTapes(options.tapes)
    const { where, limit, traceIds, outside: mode = 'refuse', ...rest } = options
    for (const traceId of traceIds ?? (await traceIdsOf(store, key, options))) {
      test(`trace ${traceId}`, timeout, async context => {
        // Aborted when the time of the test is up.
        const signal = AbortSignal.any([context.signal, ...(rest.signal ? [rest.signal] : [])])
        let inFrame: <R>(fn: () => R) => R = run => run()
        // In the frame of the item, so that a recorded token that is used there takes no live slot.
        const onItem = (item: ReplayItem) => {
          inFrame = AsyncLocalStorage.snapshot()
          return options.onItem?.(item)
        }
        const own = { store, signal, onItem, experimentGroupId, traceIds: [traceId] }
        // Vitest listens for what nothing handles; of this item it is this test's.
        const release = guardProcess({ ownsProcess: true })
        const replaying = inOwnFile(mode, context.task, outside =>
          replay(fn, { mock: 'marked', ...rest, ...own, outside }),
        )
        const report = await replaying.finally(release)
        await inFrame(() => judge(report, check, context))
      })
    }
  })
}

function keyOf(fn: AnyFunction): string {
  const definition = definitionOf(fn)
  if (definition) return definition.key
  throw new RuntapeError('not-traced', `replayTest needs a traced function. Wrap it: traced('key', fn).`)
}

// Longer than a timer can hold: no limit.
const longestMs = 2 ** 31 - 1

/** What vitest gives any test, after the time that the items may take; its own where that is not said. */
function timeoutOf({ itemTimeoutMs, attempts = 1 }: ReplayTestOptions): { timeout?: number } {
  const own = testTimeoutMs()
  if (itemTimeoutMs === undefined || own <= 0) return {}
  const timeout = itemTimeoutMs * attempts + own
  return { timeout: timeout > longestMs ? 0 : timeout }
}

function refuseMeaningless(options: ReplayTestOptions): void {
  const given = withoutMeaning.find(name => (options as Partial<ReplayOptions>)[name] !== undefined)
  if (given !== undefined)
    throw new RuntapeError(
      'invalid-option',
      `replayTest makes one test for each trace, so it does not accept ${given}. Remove it.`,
    )
  if (options.traceIds?.length === 0)
    throw new RuntapeError(
      'no-traces',
      'traceIds is empty, so there is nothing to test. Name at least one trace.',
    )
}

async function judge<F extends AnyFunction>(
  report: ReplayReport<Parameters<F>, ReplayResult<ReturnType<F>>>,
  check: CheckItem<F> | undefined,
  context: TestContext,
): Promise<void> {
  const [item] = report.items
  if (!item) throw new RuntapeError('no-traces', 'The trace was not replayed, so its result is unknown.')
  if (item.outcome === 'failed' && item.error !== null && !item.attempts)
    throw item.thrown ?? new Error(item.error)
  if (check) await check(item, context)
  else {
    const { expect } = context
    expect(item).toMatchRecording()
    expect(item).toHaveServedAllMocks()
  }
  requirePass(report)
}

function requirePass(report: ReplayReport): void {
  if (report.summary.pass) return
  const { items, problems, missing, unreached, outside } = assessReport(report)
  const said = [...items.flatMap(item => item.problems), ...problems, ...missing, ...unreached, ...outside]
  throw new RuntapeError('replay-failed', `the report fails: ${said.join('; ')}`)
}

async function traceIdsOf(store: Store, key: string, options: ReplayTestOptions): Promise<string[]> {
  const { where = {}, limit = 'tapes' in options ? Number.POSITIVE_INFINITY : 5 } = options
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const most = Math.min(limit - ids.length, 500)
    const page = await store.traces.list({ ...queryOf(where), key, limit: most, ...(cursor && { cursor }) })
    ids.push(...page.items.map(({ traceId }) => traceId))
    cursor = page.nextCursor
  } while (cursor !== undefined && ids.length < limit)
  if (ids.length > 0) return ids
  // Without it a misspelt folder or key would be a green test of nothing.
  const place = 'tapes' in options ? `The folder ${options.tapes}` : 'The store'
  const advice = 'Export some with runtape export, or widen where.'
  throw new RuntapeError('no-traces', `${place} has no matching trace of '${key}'. ${advice}`)
}

function queryOf(given: ReplayWhere | string): TraceQuery {
  const { since, until, filter, ...where }: ReplayWhere =
    typeof given === 'string' ? { filter: given } : given
  return {
    ...where,
    ...(filter !== undefined && { where: filter }),
    ...(since !== undefined && { since: pointInTime('where.since', since) }),
    ...(until !== undefined && { until: pointInTime('where.until', until) }),
  }
}
