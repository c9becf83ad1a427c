// Writes a database of version 1 with many runs, as an application of that version would have: one call, its duration
// and its outcome per run, and feedback for every fourth. Uses SQL, because a million runs would take minutes otherwise.
import { DatabaseSync } from 'node:sqlite'

const identityIndex = /CREATE UNIQUE INDEX run_events_identity [^;]*;/
const timeIndex = /CREATE INDEX run_events_time [^;]*;/

/** @param schema what version 1 executes in an empty file */
export function writeOldRuns(path, { schema, applicationId, runs, firstAt }) {
  const database = new DatabaseSync(path)
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -262144`)
  database.exec(schema)
  database.exec('DROP INDEX run_events_identity; DROP INDEX run_events_time')
  for (let from = 0; from < runs; from += 50_000)
    database.exec(insertSql(from, Math.min(from + 50_000, runs), firstAt))
  database.exec(`${identityIndex.exec(schema)[0]} ${timeIndex.exec(schema)[0]}`)
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1`)
  database.close()
}

// Run ids are unordered, like random ones, but the same each time.
const insertSql = (from, until, firstAt) => `
  INSERT INTO run_events (run_id, metric, at, config_key, variation_key, version, model_name, provider_name,
    context_kind, context_key, milliseconds, verdict, input_tokens, output_tokens, total_tokens, cost_nano_usd,
    price_list, value_json)
  WITH RECURSIVE
    numbers(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${until}),
    runs AS (SELECT n, printf('%08x-%04x-4000-8000-%012x', (n * 2654435761) % 4294967296, n % 65536, n) AS run_id FROM numbers),
    metrics(m) AS (VALUES (0), (1), (2), (3))
  SELECT run_id,
    CASE m WHEN 0 THEN printf('call:%016x', n) WHEN 1 THEN 'duration' WHEN 2 THEN 'outcome' ELSE 'feedback' END,
    ${firstAt} + n * 1000 + m,
    'config-' || (n % 7), 'variation-' || (n % 3), 1, 'model-' || (n % 5), 'provider', 'user', 'customer-' || (n % 1000),
    CASE m WHEN 1 THEN 100 + n % 900 END, CASE m WHEN 2 THEN 'success' WHEN 3 THEN 'negative' END,
    CASE m WHEN 0 THEN n % 100 + 1 END, CASE m WHEN 0 THEN 10 END, CASE m WHEN 0 THEN n % 100 + 11 END,
    CASE m WHEN 0 THEN n % 1000 END, CASE m WHEN 0 THEN 'test@1' END,
    CASE m
      WHEN 0 THEN json_object('status', 'success', 'durationMs', 5,
        'usage', json_object('input', n % 100 + 1, 'output', 10, 'total', n % 100 + 11))
      WHEN 1 THEN 100 + n % 900
      WHEN 2 THEN '{"status":"success"}'
      ELSE '{"kind":"negative"}' END
  FROM runs CROSS JOIN metrics WHERE m < 3 OR n % 4 = 0;`
