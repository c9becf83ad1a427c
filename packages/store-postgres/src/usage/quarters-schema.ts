import { segmentColumns } from '../segments/segment-columns.ts'
import { countNames, distributionNames, sumNames } from './columns.ts'

/**
 * `usage_quarters` has the sums of the runs that began in a quarter of an hour, and their durations as doubles. They hold if
 * `usage_changes` has no row of the quarter: triggers note there which quarters a change of `runs` concerns. `quarter` counts
 * from the Unix epoch. `last_*` are those of the last change that the sums have. The other columns have the runs themselves:
 * see `segment-columns.ts`.
 */
export const quartersSchema = `
  CREATE TABLE @usage_changes (
    quarter float8 NOT NULL,
    xid bigint NOT NULL DEFAULT @current_xid()::text::bigint,
    received_at bigint NOT NULL
  );
  CREATE INDEX usage_changes_quarter ON @usage_changes (quarter);
  CREATE TABLE @usage_quarters (
    quarter float8 PRIMARY KEY,
    last_xid bigint NOT NULL,
    last_at bigint NOT NULL,
    ${[
      ...countNames.map(name => `${name} bigint NOT NULL`),
      ...sumNames.map(name => `${name} numeric`),
      ...distributionNames.map(name => `${name} bytea`),
      ...segmentColumns.map(([name, type]) => `${name} ${type}`),
    ].join(',\n    ')}
  );
  ALTER TABLE @usage_quarters ${distributionNames.map(name => `ALTER COLUMN ${name} SET STORAGE EXTERNAL`).join(', ')};

  CREATE FUNCTION @note_quarters() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE at bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
  BEGIN
    IF TG_OP <> 'DELETE' THEN
      INSERT INTO @usage_changes (quarter, received_at)
        SELECT DISTINCT floor(floor(first_at) / 900000), at FROM new_runs WHERE first_at IS NOT NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
      INSERT INTO @usage_changes (quarter, received_at)
        SELECT DISTINCT floor(floor(first_at) / 900000), at FROM old_runs WHERE first_at IS NOT NULL;
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_new AFTER INSERT ON @runs REFERENCING NEW TABLE AS new_runs
    FOR EACH STATEMENT EXECUTE FUNCTION @note_quarters();
  CREATE TRIGGER note_changed AFTER UPDATE ON @runs REFERENCING OLD TABLE AS old_runs NEW TABLE AS new_runs
    FOR EACH STATEMENT EXECUTE FUNCTION @note_quarters();
  CREATE TRIGGER note_removed AFTER DELETE ON @runs REFERENCING OLD TABLE AS old_runs
    FOR EACH STATEMENT EXECUTE FUNCTION @note_quarters();
`
