export type { SqliteHandle, SqliteStatement, SqlValue } from './handle.ts'
export { inspectSqlite, type SqliteInspection } from './inspect.ts'
export { type SqliteOutboxOptions, sqliteOutbox } from './outbox.ts'
export { type SqliteStore, type SqliteStoreOptions, sqliteStore } from './sqlite-store.ts'
