/**
 * Every object that may exist in the blob store. A row is written before its object and deleted after it. `noted_at` is when
 * an upload last began, in milliseconds since the Unix epoch; 0 if the object may be deleted at once. `generation` changes
 * when the object may have been deleted: an upload that began before is then worth nothing.
 */
export const blobsSchema = `
  CREATE TABLE @blobs (
    key text COLLATE "C" PRIMARY KEY,
    trace_id text COLLATE "C" NOT NULL,
    noted_at bigint NOT NULL,
    generation bigint NOT NULL DEFAULT nextval('@ids'),
    is_used boolean NOT NULL DEFAULT false
  );
  CREATE INDEX blobs_trace ON @blobs (trace_id) WHERE is_used;
  CREATE INDEX blobs_unused ON @blobs (noted_at) WHERE NOT is_used;
  INSERT INTO @meta (key, value) VALUES ('blobs', replace(left(gen_random_uuid()::text, 18), '-', ''));
`
