import { type Logger, RuntapeError } from '@runtape/core'
import { warnSafely } from '@runtape/core/internal'
import type { TestRunCompletion } from '@runtape/core/store'
import type { ReplayItem } from '../report.ts'
import type { RanItem } from './items/ran-item.ts'

/**
 * Sets each item's trace id to the one in the store. If the store cannot tell: null, with a warning. If all completed items are
 * missing: an error, because nothing of the replay was kept. If some are missing: null for those, with a warning.
 */
export function mapTraceIds<T extends RanItem>(
  items: readonly T[],
  completion: TestRunCompletion,
  testRunId: string,
  logger: Logger,
): T[] {
  const { traceCount } = completion
  // Over the wire, an absent value may be null.
  const traceIds = completion.traceIds ?? undefined
  if (traceIds === undefined) {
    warnSafely(
      logger,
      `The store did not say which traces of test run ${testRunId} it keeps. Their traceId is null, and verdicts cannot be recorded for them.`,
    )
  } else {
    reportMissing(items, traceIds, { traceCount, testRunId, logger })
  }
  return items.map(item => withStoredIds(item, traceIds))
}

type TraceIds = TestRunCompletion['traceIds']

function withStoredIds<T extends RanItem>(item: T, traceIds: TraceIds): T {
  const attempts = attemptsOf(item)?.map(each => ({ ...each, traceId: stored(each, traceIds) }))
  return { ...item, traceId: stored(item, traceIds), ...(attempts && { attempts }) }
}

const attemptsOf = (item: RanItem) => ('attempts' in item ? item.attempts : undefined)

function stored({ traceId }: Pick<ReplayItem, 'traceId'>, traceIds: TraceIds): string | null {
  return (traceId !== null && traceIds?.[traceId]) || null
}

interface Missing {
  readonly traceCount: number | undefined
  readonly testRunId: string
  readonly logger: Logger
}

function reportMissing(
  items: readonly RanItem[],
  traceIds: NonNullable<TestRunCompletion['traceIds']>,
  { traceCount, testRunId, logger }: Missing,
): void {
  const completed = items.filter(({ error, traceId }) => error === null && traceId !== null)
  const missing = completed.filter(item => stored(item, traceIds) === null)
  if (missing.length === 0) return
  const kept = traceCount === undefined ? '' : ` It keeps ${traceCount} traces of this test run.`
  const what = `The store lacks the traces of ${missing.length} of ${completed.length} completed items of test run ${testRunId}.${kept}`
  if (missing.length === completed.length) {
    throw new RuntapeError(
      'replay-not-persisted',
      `${what} Either they could not be written, or the function made no root span. See the earlier warnings.`,
    )
  }
  const ids = missing.map(({ traceId }) => traceId).join(', ')
  warnSafely(
    logger,
    `${what} Their traceId is null, and verdicts cannot be recorded for them. Missing: ${ids}`,
  )
}
