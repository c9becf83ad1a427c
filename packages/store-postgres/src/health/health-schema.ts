/**
 * Counts of records that are not in the store as they were sent. `reporter` is the id of a recorder, whose last report
 * replaces earlier ones, or empty for the counts of the store itself. `health_conflicts` has hashes, so that a conflict
 * that is sent again counts once.
 */
export const healthSchema = `
  CREATE TABLE @health_counts (
    kind text NOT NULL,
    reporter text COLLATE "C" NOT NULL,
    count bigint NOT NULL,
    first_at float8 NOT NULL,
    last_at float8 NOT NULL,
    PRIMARY KEY (kind, reporter)
  );
  CREATE TABLE @health_samples (
    id bigint PRIMARY KEY,
    kind text NOT NULL,
    at float8 NOT NULL,
    sample text NOT NULL
  );
  CREATE INDEX health_samples_kind ON @health_samples (kind, id);
  CREATE TABLE @health_conflicts (hash text COLLATE "C" PRIMARY KEY, at float8 NOT NULL);
`
