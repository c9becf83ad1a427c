/**
 * `tombstones` has hashes of what was removed, so that late records of it are recognized. `is_removal` is false if such a
 * record made it: its run may have other records, which stay. `is_copied` if the record was one of another store: it does not
 * cover records that are copied from there.
 *
 * `removed_runs` has ranges of the times of removed runs, for which earlier bills lack them: those that include the first
 * record of one of these runs (`first_*`), and not the removal (`xid` and `received_at`). If rows of several removals were
 * merged, `xid` is the last of them.
 *
 * `removal_changes` has, for `store.changes`, what a removal changed: `about` is the `removalMark` of a removed record, or
 * the column `run_id` of a run that stays, such as the numbers of an erased one. Only the newest rows stay:
 * `removal_changes_floor` has the last ones that were forgotten, if any; the greatest counts.
 *
 * `removals` has the keys of what an unfinished erasure still has to remove. `of` is the hash of its target.
 */
export const removalSchema = `
  CREATE TABLE @tombstones (
    name text COLLATE "C" PRIMARY KEY,
    until float8 NOT NULL,
    keeps_totals boolean NOT NULL,
    is_removal boolean NOT NULL,
    is_copied boolean NOT NULL
  );
  CREATE TABLE @removed_runs (
    xid xid8 NOT NULL DEFAULT @current_xid(),
    received_at bigint NOT NULL,
    day bigint NOT NULL,
    keeps_totals boolean NOT NULL,
    since float8 NOT NULL,
    until float8 NOT NULL,
    first_xid xid8 NOT NULL,
    first_received_at bigint NOT NULL,
    is_merged boolean NOT NULL DEFAULT false,
    PRIMARY KEY (day, keeps_totals, xid)
  );
  CREATE TABLE @removal_changes (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT @current_xid(),
    received_at bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    about text COLLATE "C" NOT NULL,
    is_removed boolean NOT NULL
  );
  CREATE INDEX removal_changes_xid ON @removal_changes (xid);
  CREATE INDEX removal_changes_runs ON @removal_changes (about) WHERE NOT is_removed;
  CREATE TABLE @removal_changes_floor (xid xid8 NOT NULL, received_at bigint NOT NULL);
  CREATE TABLE @removals (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    of text COLLATE "C" NOT NULL,
    keeps_totals boolean NOT NULL,
    queued_at bigint NOT NULL,
    PRIMARY KEY (of, kind, id)
  );
`
