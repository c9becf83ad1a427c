import { RuntapeError } from '../errors.ts'
import type { Revision } from '../store/revision.ts'
import type { ItemIdentity, ItemQuery, ItemRecord, ItemResult, LateItem } from '../store/test-runs/items.ts'
import type {
  TestRunQuery,
  TestRunStart,
  TestRunStatus,
  Verdict,
  VerdictQuery,
  VerdictWithdrawal,
} from '../store/test-runs/test-runs.ts'
import { readAsOf } from './read-as-of.ts'
import { type Checked, listed, readListQuery, shown } from './read-query.ts'
import { requireKnown } from './require-known.ts'

const results = ['same', 'changed', 'unknown', 'failed'] as const satisfies readonly ItemResult[]
const ends = ['completed', 'interrupted'] as const satisfies readonly TestRunStatus[]
const statuses = ['running', ...ends] as const satisfies readonly TestRunStatus[]

/** Arguments of `testRuns.items`, as every store reads them. */
export interface CheckedItemQuery {
  readonly only?: readonly ItemResult[]
  readonly limit: number
  readonly cursor?: string
  readonly asOf?: Revision | number
}

/** The argument of `testRuns.start`, as every store reads it. */
export function readTestRunStart(start: TestRunStart): TestRunStart {
  if (typeof start !== 'object' || start === null)
    throw refusal('the argument of testRuns.start', start, 'an object with key and sourceTraceIds')
  const { testRunId, key, sourceTraceIds } = start
  if (testRunId !== undefined) requireId('testRunId', testRunId)
  requireId('key', key)
  if (!Array.isArray(sourceTraceIds) || sourceTraceIds.some(id => typeof id !== 'string'))
    throw refusal('sourceTraceIds', sourceTraceIds, 'a list of trace ids')
  for (const name of [
    'codeChangeDescription',
    'experimentGroupId',
    'commit',
    'branch',
    'command',
    'baselineOf',
  ] as const)
    requireText(name, start[name])
  return start
}

/** The status of `testRuns.complete`, as every store reads it. */
export function readTestRunEnd<T extends Exclude<TestRunStatus, 'running'>>(status: T): T {
  if (!ends.includes(status)) throw refusal('status', status, listed(ends))
  return status
}

/** The trace of a verdict, as every store reads it. */
export function readVerdictTrace(traceId: string): string {
  requireId('traceId', traceId)
  return traceId
}

/** The arguments of `testRuns.list`, as every store reads them. */
export function readTestRunQuery(query: TestRunQuery = {}): Checked<TestRunQuery> {
  requireKnown('testRuns.list', query, [
    'since',
    'until',
    'limit',
    'cursor',
    'key',
    'experimentGroupId',
    'status',
    'asOf',
  ])
  const { key, experimentGroupId, status, asOf, ...list } = query
  requireText('key', key)
  requireText('experimentGroupId', experimentGroupId)
  if (status !== undefined && !statuses.includes(status)) throw refusal('status', status, listed(statuses))
  return {
    ...readListQuery(list),
    ...(key !== undefined && { key }),
    ...(experimentGroupId !== undefined && { experimentGroupId }),
    ...(status !== undefined && { status }),
    ...readAsOf('testRuns.list', { asOf }),
  }
}

/** The arguments of `testRuns.items`, as every store reads them. */
export function readItemQuery(query: ItemQuery = {}): CheckedItemQuery {
  requireKnown('testRuns.items', query, ['only', 'limit', 'cursor', 'asOf'])
  const { only, asOf, ...list } = query
  const { limit = 50, cursor } = readListQuery(list)
  const wanted = only === undefined || Array.isArray(only) ? (only as ItemQuery['only']) : [only]
  for (const each of (wanted as readonly ItemResult[] | undefined) ?? [])
    if (!results.includes(each)) throw refusal('only', each, listed(results))
  return {
    limit,
    ...(wanted !== undefined && { only: wanted as readonly ItemResult[] }),
    ...(cursor !== undefined && { cursor }),
    ...readAsOf('testRuns.items', { asOf }),
  }
}

/** The arguments of `testRuns.verdicts`, as every store reads them. */
export function readVerdictQuery(query: VerdictQuery = {}): {
  readonly traceId?: string
  readonly asOf?: Revision | number
} {
  requireKnown('testRuns.verdicts', query, ['traceId', 'asOf'])
  const { traceId, asOf } = query
  requireText('traceId', traceId)
  return { ...(traceId !== undefined && { traceId }), ...readAsOf('testRuns.verdicts', { asOf }) }
}

/** A verdict, as every store reads it. The store sets its time. */
export function readVerdict(verdict: Verdict): Omit<Verdict, 'at'> {
  requireKnown('a verdict', verdict, ['pass', 'by', 'comment', 'at'])
  const { pass, by, comment } = verdict
  if (typeof pass !== 'boolean') throw refusal('pass', pass, 'true or false')
  requireText('by', by)
  requireText('comment', comment)
  return { pass, ...(by !== undefined && { by }), ...(comment !== undefined && { comment }) }
}

/** The argument of `testRuns.withdrawVerdict`, as every store reads it. */
export function readWithdrawal(withdrawal: VerdictWithdrawal = {}): VerdictWithdrawal {
  requireKnown('testRuns.withdrawVerdict', withdrawal, ['by'])
  const { by } = withdrawal
  requireText('by', by)
  return by === undefined ? {} : { by }
}

/** The identity of an item, as every store reads it: `sourceSpanId` is `''` for a whole trace. */
export function readItemIdentity(identity: Partial<ItemIdentity>): Required<ItemIdentity> {
  const { sourceTraceId, sourceSpanId = '', attempt = 1 } = identity ?? {}
  if (typeof sourceTraceId !== 'string' || sourceTraceId === '')
    throw refusal('sourceTraceId', sourceTraceId, 'the id of the replayed trace')
  if (typeof sourceSpanId !== 'string') throw refusal('sourceSpanId', sourceSpanId, 'a string')
  if (!Number.isSafeInteger(attempt) || attempt < 1)
    throw refusal('attempt', attempt, 'a whole number, 1 or more')
  return { sourceTraceId, sourceSpanId, attempt }
}

/** A copy of an item or its late part, as every store keeps it. */
export const readItem = <T extends ItemRecord | LateItem>(item: T): T => JSON.parse(itemJson(item)) as T

/** An item or its late part as JSON. */
export function itemJson(item: ItemRecord | LateItem): string {
  readItemIdentity(item)
  if (!results.includes(item.outcome)) throw refusal('outcome', item.outcome, listed(results))
  if (!Array.isArray(item.calls)) throw refusal('calls', item.calls, 'a list')
  if (typeof item.attempt !== 'number') throw refusal('attempt', item.attempt, 'a whole number, 1 or more')
  try {
    return JSON.stringify(item)
  } catch (error) {
    throw new RuntapeError('invalid-option', `The item is not JSON: ${(error as Error).message}.`, {
      cause: error,
    })
  }
}

function requireId(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw refusal(name, value, 'a non-empty string')
}

function requireText(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'string') throw refusal(name, value, 'a string')
}

const refusal = (name: string, value: unknown, wanted: string): RuntapeError =>
  new RuntapeError('invalid-option', `${name} must be ${wanted} (got ${shown(value)}).`)
