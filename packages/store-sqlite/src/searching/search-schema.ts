// The texts that `search` reads: of roots and of events, by the row that they come from. `folded` is the text in the
// form in which it is compared, `NULL` if it is the same. `search_state` has the last event and span
// whose texts are included. Ids are not reused, because the index of trigrams refers to them. `search_index` has the tokens
// of that index, `search_dirty` the shards that have trigrams of removed texts.
export const searchMigration = `
  CREATE TABLE search_texts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    source_id INTEGER NOT NULL,
    place TEXT NOT NULL,
    at REAL NOT NULL,
    trace_id TEXT,
    run_id TEXT,
    text TEXT NOT NULL,
    folded TEXT
  ) STRICT;
  CREATE UNIQUE INDEX search_texts_source ON search_texts (source_id, source, place);
  CREATE INDEX search_texts_time ON search_texts (at, id);
  CREATE TABLE search_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    is_used INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    span_id INTEGER NOT NULL
  ) STRICT;
  INSERT INTO search_state (id, is_used, event_id, span_id) VALUES (1, 0, 0, 0);
  CREATE TABLE search_index (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    token TEXT,
    next_token TEXT
  ) STRICT;
  INSERT INTO search_index (id) VALUES (1);
  CREATE TABLE search_dirty (
    shard INTEGER PRIMARY KEY,
    mark INTEGER NOT NULL,
    at REAL NOT NULL
  ) STRICT;
`
