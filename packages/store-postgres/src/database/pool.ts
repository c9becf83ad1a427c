/** A connection of a pool, as `pg` has it. */
export interface PgClient {
  query(query: {
    readonly text: string
    readonly values?: unknown[]
    readonly types?: unknown
  }): Promise<{ readonly rows: unknown[]; readonly rowCount: number | null }>
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
  /** @param destroy closes the connection instead of keeping it */
  release(destroy?: Error | boolean): void
}

/** A pool of connections, as `new Pool()` of `pg` returns it. */
export interface PgPool {
  connect(): Promise<PgClient>
  end(): Promise<void>
}
