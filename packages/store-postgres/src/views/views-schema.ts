/** `view` is the JSON of a view without its time and version. A version is an id of the store, so it is never used again. */
export const viewsSchema = `
  CREATE TABLE @views (
    name text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    xid xid8 NOT NULL DEFAULT @current_xid(),
    received_at bigint NOT NULL,
    view text NOT NULL
  );
`
