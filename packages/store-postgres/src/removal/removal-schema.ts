export const removalSchema = `
  CREATE TABLE @tombstones (
    name text COLLATE "C" PRIMARY KEY,
    until float8 NOT NULL,
    keeps_totals boolean NOT NULL
  );
`
