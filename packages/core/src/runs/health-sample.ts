import { sampleOf } from '../query/read-health.ts'
import { recordName } from '../records/record-problem.ts'
import type { RunEvent, SpanRecord, TapeRecord } from '../records/records.ts'
import { sameJson } from '../records/same-json.ts'
import type { HealthSample } from '../store/upkeep/health.ts'
import type { EraseTarget } from '../store/upkeep/removal.ts'
import { tombstoneOf } from './erased-run.ts'

/** Facts of a sample that its record does not have. */
type Extra = Pick<HealthSample, 'at' | 'kept' | 'refused' | 'reason'>

/** A sample of a record, which may be invalid. */
export function sampleOfRecord(record: TapeRecord, extra: Extra): HealthSample {
  const { runId, traceId, sessionId, context, replay } = record as Partial<
    Omit<RunEvent, 'kind'> & Pick<SpanRecord, 'sessionId'>
  >
  return sampleOf({
    ...extra,
    name: recordName(record),
    ...(typeof runId === 'string' && { runId }),
    // An event of a replay is removed with the replay's trace.
    ...traceOf(replay?.traceId ?? traceId),
    ...(typeof sessionId === 'string' && { sessionId }),
    ...(typeof context?.kind === 'string' && typeof context.key === 'string' && { context }),
  })
}

const traceOf = (traceId: unknown): { traceId?: string } => (typeof traceId === 'string' ? { traceId } : {})

/** Why an event counts at its time of receipt. */
export const misdatedReason = (record: TapeRecord): string =>
  `its time is ${record.kind === 'span' ? record.startedAt : record.at}`

/** Both values of a conflict as JSON: the values of run events, or the fields in which spans differ. */
export function conflictingValues(
  first: TapeRecord,
  again: TapeRecord,
): Required<Pick<HealthSample, 'kept' | 'refused'>> {
  if (first.kind === 'run-event' && again.kind === 'run-event')
    return { kept: JSON.stringify(first.value), refused: JSON.stringify(again.value) }
  const [a, b] = [first, again] as unknown as Record<string, unknown>[]
  const names = Object.keys({ ...a, ...b }).filter(name => !sameJson(a?.[name], b?.[name]))
  const fieldsOf = (record: Record<string, unknown> | undefined) =>
    JSON.stringify(Object.fromEntries(names.map(name => [name, record?.[name]])))
  return { kept: fieldsOf(a), refused: fieldsOf(b) }
}

/** Identifies a conflict without its content: the same record with the same refused value is the same conflict. */
export const conflictKey = (record: TapeRecord, { refused }: { readonly refused: string }): string =>
  tombstoneOf('conflict', recordName(record), refused)

/** Whether erasing a target removes the sample; `runs` and `traces` are those that it removes. */
export function isErasedSample(
  { runId, traceId, sessionId, context }: HealthSample,
  target: EraseTarget,
  runs: ReadonlySet<string>,
  traces: ReadonlySet<string>,
): boolean {
  if (runId !== undefined && (runs.has(runId) || ('runId' in target && target.runId === runId))) return true
  if (traceId !== undefined && (traces.has(traceId) || ('traceId' in target && target.traceId === traceId)))
    return true
  if ('sessionId' in target) return sessionId === target.sessionId
  return 'context' in target && context?.kind === target.context.kind && context.key === target.context.key
}

/** Names of the tombstones of the run, trace, session and person that the sample belongs to. */
export const buriedNamesOf = ({ runId, traceId, sessionId, context }: HealthSample): string[] => [
  ...(runId === undefined ? [] : [tombstoneOf('run', runId)]),
  ...(traceId === undefined ? [] : [tombstoneOf('trace', traceId)]),
  ...(sessionId === undefined ? [] : [tombstoneOf('session', sessionId)]),
  ...(context ? [tombstoneOf('context', context.kind, context.key)] : []),
]
