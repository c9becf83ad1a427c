import type { Metric, MetricValue } from '@runtape/core'
import pg from 'pg'
import type { Row } from '../tape-file.ts'
import { slotOf } from '../tries.ts'
import type { PostgresPlace } from '../worker-settings.ts'

interface RawRow {
  readonly id: string
  readonly run_id: string
  readonly metric: Metric
  readonly record: string
}

/** The rows of the tally, read from the table itself without an index, which could lack rows. */
export async function readPostgresRows({ connectionString, schema }: PostgresPlace): Promise<Row[]> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(
      'SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off',
    )
    const { rows } = await client.query<RawRow>(
      `SELECT id, run_id, metric, record FROM ${schema}.run_events WHERE replay_trace_id = '' ORDER BY id`,
    )
    return rows.map(({ id, run_id, metric, record }) => {
      const { value } = JSON.parse(record) as { value: MetricValue }
      return { id: Number(id), slot: slotOf(run_id, metric), runId: run_id, metric, value }
    })
  } finally {
    await client.end()
  }
}
