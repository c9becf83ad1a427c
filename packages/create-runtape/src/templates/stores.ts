/** Where records go. */
export const storeChoices = ['file', 'server', 'postgres'] as const
export type StoreChoice = (typeof storeChoices)[number]

/** A store in the code of an application. */
export interface StoreTemplate {
  readonly package: string
  readonly imported: string
  /** The expression that opens it. */
  readonly opened: string
  /** What `runtape` needs to look at it. */
  readonly flag: string
  /** What must be set or kept in mind. */
  readonly step?: string
}

export const stores: Readonly<Record<StoreChoice, StoreTemplate>> = {
  file: {
    package: '@runtape/store-sqlite',
    imported: 'sqliteStore',
    opened: "sqliteStore('runtape.db', { lazy: true })",
    flag: '',
    step: 'Add runtape.db* to .gitignore: the file holds what your users wrote.',
  },
  server: {
    package: '@runtape/store-http',
    imported: 'httpStore',
    opened:
      "httpStore({ url: process.env.RUNTAPE_URL ?? 'http://127.0.0.1:8787', key: process.env.RUNTAPE_KEY ?? 'none' })",
    flag: ' --store "$RUNTAPE_URL"',
    step: 'Set RUNTAPE_URL and RUNTAPE_KEY to those of your Runtape server (npx runtape serve).',
  },
  postgres: {
    package: '@runtape/store-postgres',
    imported: 'postgresStore',
    opened: "postgresStore({ connectionString: process.env.DATABASE_URL ?? 'postgres://localhost/runtape' })",
    flag: ' --store "$DATABASE_URL"',
    step: 'Set DATABASE_URL to your Postgres database. Its tables are created with the first record.',
  },
}
