/**
 * `budget_levels` has the levels that are reached, with the revision and time of the check, so that a check that read
 * earlier does not undo a later one. The unique index lets exactly one process report a crossing.
 */
export const budgetsSchema = `
  CREATE TABLE budgets (name TEXT PRIMARY KEY, budget_json TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE budget_levels (
    name TEXT NOT NULL,
    level REAL NOT NULL,
    is_reached INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    price_id INTEGER NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (name, level)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE budget_crossings (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    level REAL NOT NULL,
    number INTEGER NOT NULL,
    crossing_json TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX budget_crossings_number ON budget_crossings (name, level, number);
`
