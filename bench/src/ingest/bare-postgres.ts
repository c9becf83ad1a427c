import type { RunEvent } from '@runtape/core'
import type pg from 'pg'

/** The floor of batches of run events in Postgres: `unnest` inserts into one table with the unique index of events. */
export async function bareUnnest(client: pg.Client): Promise<(events: readonly RunEvent[]) => Promise<void>> {
  await client.query(`CREATE TABLE bare (id bigint, received_at bigint, at float8, run_id text COLLATE "C", metric text COLLATE "C",
    replay_trace_id text COLLATE "C", trace_id text, status text, record text);
  CREATE UNIQUE INDEX bare_identity ON bare (run_id, metric, replay_trace_id)`)
  let id = 0
  return async events => {
    const of = (read: (event: RunEvent) => unknown) => events.map(read)
    const lists = [
      ...[of(() => ++id), of(event => event.at), of(event => event.runId), of(event => event.metric)],
      of(({ kind: _, runId: __, metric: ___, ...rest }) => JSON.stringify(rest)),
    ]
    await client.query(
      `INSERT INTO bare (id, received_at, at, run_id, metric, replay_trace_id, record)
       SELECT id, 0, at, run_id, metric, '', record FROM unnest($1::bigint[], $2::float8[], $3::text[], $4::text[], $5::text[])
         AS u(id, at, run_id, metric, record) ON CONFLICT DO NOTHING`,
      lists,
    )
  }
}
