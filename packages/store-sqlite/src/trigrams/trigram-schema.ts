// The file `<database>.search` has an index of trigrams for `search`: for each shard of texts an FTS5 table whose row ids are
// those of `search_texts`. It has no positions and no texts, and only proposes texts that may contain a term. Shards can be
// removed without FTS5, and without touching the others.

/** Marks a file as an index (`PRAGMA application_id`): the letters "Rtsx". */
export const indexApplicationId = 0x52_74_73_78

export const indexVersion = 1

// `to_id`: the last text that was added. A void shard is ignored until its table has been dropped.
export const indexSchema = `
  CREATE TABLE index_state (id INTEGER PRIMARY KEY CHECK (id = 1), token TEXT) STRICT;
  INSERT INTO index_state (id, token) VALUES (1, NULL);
  CREATE TABLE shards (shard INTEGER PRIMARY KEY, to_id INTEGER NOT NULL, is_void INTEGER NOT NULL DEFAULT 0) STRICT;
  PRAGMA application_id = ${indexApplicationId};
  PRAGMA user_version = ${indexVersion};
`

/** Number of text ids per shard. Adding this many texts of 750 bytes takes about a second. */
export const shardSize = 8192

export const tableOf = (shard: number): string => `trigrams_${shard}`

// Without positions the index takes a fifth of the space. Texts are folded before they are added.
export const createTable = (shard: number): string =>
  `CREATE VIRTUAL TABLE IF NOT EXISTS ${tableOf(shard)}
   USING fts5(text, content = '', detail = none, tokenize = 'trigram case_sensitive 1')`
