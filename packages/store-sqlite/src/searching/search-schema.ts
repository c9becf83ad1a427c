// The texts that `search` reads: of roots and of events, by the row that they come from. `folded` is the text in the
// form in which it is compared, `NULL` if it is the same. `search_state` has the last event and span
// whose texts are included.
export const searchMigration = `
  CREATE TABLE search_texts (
    id INTEGER PRIMARY KEY,
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
`
