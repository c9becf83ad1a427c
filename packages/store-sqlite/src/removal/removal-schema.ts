/**
 * `tombstones` contains hashes of what was removed, so that late records of it are recognized; `until` is `NULL` if
 * they are rejected forever. `removed_runs` records the time ranges, and the first event ids, for which earlier bills
 * lack runs. `texts_epoch` increases when a text is removed: text ids that were read before are then invalid.
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

/**
 * The last change of a removal of these runs: bills as of this change or a later one do not lack them. `NULL` if an older
 * version removed some.
 */
export const removedSinceMigration = 'ALTER TABLE removed_runs ADD COLUMN change_id INTEGER;'
