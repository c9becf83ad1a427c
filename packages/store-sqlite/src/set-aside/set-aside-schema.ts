import { namedPayload } from '../append/payload-parts.ts'

/**
 * Records that could not be stored normally, as their text. `origin` is `store` or `outbox`. Also the view of spans,
 * which joins payloads in parts.
 */
export const setAsideMigration = (columnsBeforePayloads: string): string => `
  CREATE TABLE set_aside (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    origin TEXT NOT NULL,
    at REAL NOT NULL,
    reason TEXT NOT NULL,
    record_json TEXT NOT NULL
  ) STRICT;
  DROP VIEW spans;
  CREATE VIEW spans AS SELECT
    ${columnsBeforePayloads}
    coalesce(input_json, ${namedPayload('input_hash')}) AS input_json, input_marks_json,
    coalesce(output_json, ${namedPayload('output_hash')}) AS output_json, output_marks_json,
    error_json, error_marks_json
  FROM span_rows;
`
