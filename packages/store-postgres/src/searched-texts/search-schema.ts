/**
 * The texts that `search` reads: of roots and of events. `id` is four times the id of the row that has the text, plus a number
 * for the place. `xid` and `received_at` are those of that row. `letters` is the text as the index of trigrams has it,
 * `NULL` if it is the text in lower case.
 *
 * `search_state` has how far the texts are complete: `filled` is a snapshot. A pass adds what came between it and `target`, in
 * the order of transactions and ids, of which `at_xid` and `at_id` are the last.
 */
export const searchSchema = `
  CREATE TABLE @search_texts (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL,
    received_at bigint NOT NULL,
    at float8 NOT NULL,
    trace_id text COLLATE "C",
    run_id text COLLATE "C",
    text text COLLATE "C" NOT NULL,
    letters text COLLATE "C"
  );
  CREATE INDEX search_texts_time ON @search_texts (at, id);
  CREATE TABLE @search_state (
    id int PRIMARY KEY CHECK (id = 1),
    is_used boolean NOT NULL,
    filled text NOT NULL,
    target text,
    at_xid xid8,
    at_id bigint
  );
  INSERT INTO @search_state (id, is_used, filled) VALUES (1, false, '1:1:');
`
