/**
 * An entry is in the versions from `since` up to, but not including, `until`, so that a change writes only the entries
 * that it affects. `cohorts.version` is the newest complete version: a change of many traces is written in slices, and
 * `writing` names the change that holds the cohort meanwhile; `writing_gone` counts the traces that it touched and that
 * were removed since. `touched_left` counts the traces of a change that are still on the tape. `removed_cohorts` has
 * hashes of names.
 */
export const cohortsMigration = `
  CREATE TABLE cohorts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    writing TEXT,
    writing_until REAL,
    writing_gone INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE cohort_versions (
    cohort INTEGER NOT NULL,
    version INTEGER NOT NULL,
    at REAL NOT NULL,
    by TEXT,
    comment TEXT,
    size INTEGER NOT NULL,
    added INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    touched_left INTEGER NOT NULL,
    change_id INTEGER NOT NULL,
    PRIMARY KEY (cohort, version)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE cohort_entries (
    id INTEGER PRIMARY KEY,
    cohort INTEGER NOT NULL,
    trace_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER,
    gone INTEGER NOT NULL DEFAULT 0,
    note TEXT,
    expected_json TEXT,
    expected_marks_json TEXT
  ) STRICT;
  CREATE INDEX cohort_entries_order ON cohort_entries (cohort, position);
  CREATE INDEX cohort_entries_trace ON cohort_entries (trace_id, cohort);
  CREATE INDEX cohort_entries_gone ON cohort_entries (cohort) WHERE gone = 1;
  CREATE TABLE removed_cohorts (
    name_hash TEXT PRIMARY KEY,
    version INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`
