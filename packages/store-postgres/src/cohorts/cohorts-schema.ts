/**
 * An entry is in the versions from `since` up to, but not including, `until`, so that a change writes only the entries
 * that it affects. `entry` and `author` are JSON. `is_gone`: the trace was removed; `gone_traces` counts those that a version
 * changed. `removed_cohorts` has hashes of names.
 */
export const cohortsSchema = `
  CREATE TABLE @cohorts (
    id bigint PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    version bigint NOT NULL
  );
  CREATE TABLE @cohort_versions (
    cohort bigint NOT NULL,
    version bigint NOT NULL,
    xid xid8 NOT NULL DEFAULT @current_xid(),
    received_at bigint NOT NULL,
    author text NOT NULL,
    size bigint NOT NULL,
    added bigint NOT NULL,
    changed bigint NOT NULL,
    removed bigint NOT NULL,
    gone_traces bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (cohort, version)
  );
  CREATE TABLE @cohort_entries (
    id bigint PRIMARY KEY,
    cohort bigint NOT NULL,
    trace_id text COLLATE "C" NOT NULL,
    place bigint NOT NULL,
    since bigint NOT NULL,
    until bigint,
    entry text NOT NULL,
    is_gone boolean NOT NULL DEFAULT false
  );
  CREATE INDEX cohort_entries_order ON @cohort_entries (cohort, place);
  CREATE INDEX cohort_entries_trace ON @cohort_entries (trace_id, cohort);
  CREATE TABLE @removed_cohorts (name_hash text COLLATE "C" PRIMARY KEY, version bigint NOT NULL);
`
