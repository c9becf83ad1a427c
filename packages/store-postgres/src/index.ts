export type { PgClient, PgPool } from './database/pool.ts'
export type { PostgresStoreOptions, PostgresTarget } from './options.ts'
export { postgresStore } from './postgres-store.ts'
