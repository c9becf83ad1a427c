import { RuntapeError } from './errors.ts'
import type { TapeRecord } from './records.ts'

/**
 * For stores, before a run event is kept: one that does not say which trace it replays in would pass for a live one and
 * be billed.
 *
 * @throws {RuntapeError} `invalid-record`
 */
export function assertIdentity(record: TapeRecord): void {
  if (record.kind !== 'run-event' || record.replay === undefined || record.replay.traceId) return
  throw new RuntapeError(
    'invalid-record',
    `${record.metric} of run ${record.runId} was made in a replay that does not name its trace. It was not kept. Set replay.traceId.`,
  )
}
