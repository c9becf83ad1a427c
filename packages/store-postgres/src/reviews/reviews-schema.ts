/**
 * `subject` is the key of what was reviewed: `run <id>` or `trace <id>`. `run_id` is empty for a review of a trace; `trace_id`
 * is also set for a reviewed run that was traced. `review` is the JSON as given, with the full ids. `item` of a claim is the
 * key of a trace, or of a run that was not traced.
 */
export const reviewsSchema = `
  CREATE TABLE @reviews (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT @current_xid(),
    received_at bigint NOT NULL,
    subject text COLLATE "C" NOT NULL,
    run_id text COLLATE "C",
    trace_id text COLLATE "C",
    reviewer text COLLATE "C" NOT NULL,
    pass boolean,
    review text NOT NULL,
    withdrawn_xid xid8,
    withdrawn_received_at bigint
  );
  CREATE INDEX reviews_subject ON @reviews (subject, reviewer, id);
  CREATE INDEX reviews_run ON @reviews (run_id) WHERE run_id IS NOT NULL;
  CREATE INDEX reviews_trace ON @reviews (trace_id) WHERE trace_id IS NOT NULL;
  CREATE TABLE @review_claims (
    item text COLLATE "C" PRIMARY KEY,
    reviewer text COLLATE "C" NOT NULL,
    until bigint NOT NULL,
    claim text NOT NULL
  );
  CREATE INDEX review_claims_reviewer ON @review_claims (reviewer);
`
