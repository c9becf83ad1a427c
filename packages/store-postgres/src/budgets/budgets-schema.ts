/**
 * `id`, `xid` and `received_at` of a budget are those of its last change, which may be a crossing. `context_key` is that of
 * its filter. `version` of a level is an id of the store, so it is never used again: of all checks that read the same
 * version, one replaces it. `last_id` is that of the newest run event that this check had read,
 * `at` its time.
 */
export const budgetsSchema = `
  CREATE TABLE @budgets (
    name text COLLATE "C" PRIMARY KEY,
    id bigint NOT NULL,
    xid xid8 NOT NULL DEFAULT @current_xid(),
    received_at bigint NOT NULL,
    context_key text COLLATE "C",
    budget text NOT NULL
  );
  CREATE INDEX budgets_context ON @budgets (context_key) WHERE context_key IS NOT NULL;
  CREATE TABLE @budget_levels (
    name text COLLATE "C" NOT NULL,
    level float8 NOT NULL,
    version bigint NOT NULL,
    is_reached boolean NOT NULL,
    last_id bigint NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (name, level)
  );
  CREATE TABLE @budget_crossings (
    id bigint PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    level float8 NOT NULL,
    number bigint NOT NULL,
    context_key text COLLATE "C",
    crossing text NOT NULL,
    UNIQUE (name, level, number)
  );
  CREATE INDEX budget_crossings_name ON @budget_crossings (name, id);
  CREATE INDEX budget_crossings_context ON @budget_crossings (context_key) WHERE context_key IS NOT NULL;
`
