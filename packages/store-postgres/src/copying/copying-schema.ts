/** How far each kind of entry of another store was copied into this one. `position` is of that store. */
export const copyingSchema = `
  CREATE TABLE @copies (
    source text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    position text NOT NULL,
    PRIMARY KEY (source, kind)
  );
`
