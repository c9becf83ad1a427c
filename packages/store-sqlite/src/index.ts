export type { SqliteHandle, SqliteStatement, SqlValue } from './handle.ts'
export { type SqliteStore, type SqliteStoreOptions, sqliteStore } from './sqlite-store.ts'
