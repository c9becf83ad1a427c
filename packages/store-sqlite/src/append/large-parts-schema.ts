import { namedPayload } from './payload-parts.ts'

/** Stores an error value or metadata in parts when it is too large for one write, as payloads are. */
export const largePartsMigration = (columnsBeforePayloads: string): string => `
  ALTER TABLE span_rows ADD COLUMN error_hash TEXT;
  ALTER TABLE span_rows ADD COLUMN metadata_hash TEXT;
  DROP VIEW spans;
  CREATE VIEW spans AS SELECT
    ${columnsBeforePayloads.replace(
      'metadata_json,',
      `coalesce(metadata_json, ${namedPayload('metadata_hash')}) AS metadata_json,`,
    )}
    coalesce(input_json, ${namedPayload('input_hash')}) AS input_json, input_marks_json,
    coalesce(output_json, ${namedPayload('output_hash')}) AS output_json, output_marks_json,
    coalesce(error_json, ${namedPayload('error_hash')}) AS error_json, error_marks_json
  FROM span_rows;
`
