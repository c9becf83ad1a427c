/** A new id of a store: 8 hexadecimal digits, the first of them decimal. */
export const newStoreId = "floor(random() * 10)::text || left(replace(gen_random_uuid()::text, '-', ''), 7)"

/**
 * `store_ids`: the id of the store, which its revisions end with, and the ids of stores that it was copied from. `place` is
 * the server, database and schema. `last_xid` is the last transaction that it shares with the store of another id.
 *
 * `current_xid` and `current_snapshot` are those of the server, plus a distance: a store that was loaded from a dump has rows
 * with transaction ids of another server, and new ones must be greater. See `history/adopt-store.ts`.
 */
export const historySchema = `
  CREATE TABLE @store_ids (
    id bigint PRIMARY KEY,
    store text COLLATE "C" NOT NULL,
    place text COLLATE "C" NOT NULL,
    last_xid xid8
  );
  INSERT INTO @store_ids (id, store, place)
    SELECT 1, ${newStoreId}, '/' || (SELECT oid FROM pg_database WHERE datname = current_database())
      || '/' || relnamespace FROM pg_class WHERE oid = '@store_ids'::regclass;
  DO $$ BEGIN
    UPDATE @store_ids SET place = (SELECT system_identifier FROM pg_control_system())::text || place;
  EXCEPTION WHEN insufficient_privilege THEN NULL;
  END $$;
  CREATE FUNCTION @current_xid() RETURNS xid8 LANGUAGE sql STABLE AS 'SELECT pg_current_xact_id()';
  CREATE FUNCTION @current_snapshot() RETURNS pg_snapshot LANGUAGE sql STABLE AS 'SELECT pg_current_snapshot()';
`
