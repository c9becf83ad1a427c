import type { CallValue, FeedbackValue, MetricValue, OutcomeValue, RunEvent } from '../records/records.ts'

/** Identifies removed data without its content: 32 characters from which it cannot be derived. */
export const tombstoneOf = (...identity: readonly string[]): string =>
  process
    .getBuiltinModule('node:crypto')
    .createHash('sha256')
    .update(JSON.stringify(identity))
    .digest('hex')
    .slice(0, 32)

/** The id under which the numbers of an erased run are kept. */
export const erasedRunId = (runId: string): string => `erased-${tombstoneOf('run', runId)}`

/**
 * The billed and counted part of a live event of an erased run; `undefined` if there is none.
 *
 * @param runId the run that keeps it
 */
export function withoutPerson(event: RunEvent, runId = erasedRunId(event.runId)): RunEvent | undefined {
  const value = numbersOf(event)
  if (value === undefined) return undefined
  const { attributes: _attributes, context, traceId: _traceId, ...kept } = event
  return {
    ...kept,
    runId,
    value,
    ...(context && { context: { kind: context.kind, key: '' } }),
  }
}

function numbersOf({ metric, value }: RunEvent): MetricValue | undefined {
  if (metric === 'outcome') return { status: (value as OutcomeValue).status }
  if (metric === 'feedback') return { kind: (value as FeedbackValue).kind }
  if (metric === 'duration' || metric === 'time-to-first-token' || metric === 'tokens') return value
  if (!metric.startsWith('call:')) return undefined
  const { error: _error, ...numbers } = value as CallValue
  return numbers
}
