/**
 * `tombstones` has hashes of what was removed, so that what arrives late of it is known; `until` is `NULL` where that is
 * for good. `removed_runs` says of which times runs are missing in earlier bills, from which event on. `texts_epoch`
 * grows when a text is removed: numbers of texts that were read before are void.
 */
export const removalMigration = `
  CREATE TABLE tombstones (
    name TEXT PRIMARY KEY,
    until REAL,
    keeps_totals INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE removed_runs (
    day INTEGER NOT NULL,
    keeps_totals INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    since REAL NOT NULL,
    until REAL NOT NULL,
    PRIMARY KEY (day, keeps_totals)
  ) STRICT, WITHOUT ROWID;
  ALTER TABLE run_state ADD COLUMN texts_epoch INTEGER NOT NULL DEFAULT 0;
`
