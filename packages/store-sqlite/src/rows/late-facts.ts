import type { RunEvent, TapeRecord } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import { isPossibleTime } from '@runtape/core/store-helpers'
import type { Database } from '../database/database.ts'

/** Whether a record is a live event with an impossible time. It counts at the time it was received. */
export const isMisdated = (record: TapeRecord, receivedAt = realNow()): boolean =>
  record.kind === 'run-event' && !record.replay && !isPossibleTime(record.at, receivedAt)

const fillInSql = `INSERT INTO event_prices (event_id, cost_nano_usd, price_list, received_at)
  SELECT id, ?, ?, ? FROM run_events
  WHERE run_id = ? AND metric = ? AND replay_trace_id = ? AND cost_nano_usd IS NULL
  ON CONFLICT DO NOTHING`

/** Stores the cost of a duplicate with the existing event if that has none. */
export function fillInCost(
  database: Database,
  { cost, runId, metric, replay }: RunEvent,
  receivedAt = realNow(),
): void {
  if (!cost) return
  database.run(fillInSql, cost.nanoUsd, cost.priceList, receivedAt, runId, metric, replay?.traceId ?? '')
}
