/**
 * What changed, where it is no run event, price, span or removal. `about` is the id of the record; that of a cohort, view or
 * budget goes with it.
 */
export const changesSchema = `
  CREATE TABLE @changes (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT @current_xid(),
    received_at bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    about text COLLATE "C" NOT NULL
  );
  CREATE INDEX changes_xid ON @changes (xid);
  CREATE INDEX changes_names ON @changes (kind, about) WHERE kind IN ('cohort', 'view', 'budget', 'health');
`
