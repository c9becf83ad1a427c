import pg from 'pg'
import type { PgClient, PgPool } from '../src/index.ts'

/** What a pooler in transaction mode does not allow: it outlives a transaction. */
// The SET of an UPDATE does not begin a statement.
const ofSession =
  /(^|;)\s*SET (?!LOCAL\b)|pg_(try_)?advisory_lock|\b(LISTEN|PREPARE|DECLARE\s+\w+\s[^;]*\bCURSOR|DISCARD|TEMP|TEMPORARY)\b/

type Query = Parameters<PgClient['query']>[0]

/**
 * A pool that plays PgBouncer in transaction mode: every transaction, and every statement outside of one, runs on another
 * connection, in turn. Throws for what would remain in a session.
 */
export class TransactionPooler implements PgPool {
  readonly #free: pg.Client[] = []
  readonly #all: pg.Client[] = []
  readonly #waiting: ((client: pg.Client) => void)[] = []

  static async open(connectionString: string, connections: number): Promise<TransactionPooler> {
    const pooler = new TransactionPooler()
    for (let index = 0; index < connections; index++) {
      const client = new pg.Client({ connectionString })
      await client.connect()
      pooler.#all.push(client)
      pooler.#free.push(client)
    }
    return pooler
  }

  async connect(): Promise<PgClient> {
    let own: pg.Client | undefined
    return {
      query: async query => {
        assertStateless(query)
        own ??= await this.#take()
        try {
          return await own.query(query as pg.QueryConfig)
        } finally {
          if (isEnd(query) || !(await isInTransaction(own))) {
            this.#give(own)
            own = undefined
          }
        }
      },
      on: () => {},
      off: () => {},
      release: () => {
        if (own) throw new Error('a connection was released in a transaction')
      },
    }
  }

  /** What is left in the sessions, which should be nothing. */
  async leftovers(): Promise<unknown[]> {
    const found = await Promise.all(
      this.#all.map(client =>
        client.query(`SELECT name FROM pg_prepared_statements
          UNION ALL SELECT locktype FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'
          UNION ALL SELECT pg_listening_channels()
          UNION ALL SELECT name FROM pg_settings WHERE source = 'session' AND name NOT IN ('client_encoding', 'application_name')`),
      ),
    )
    return found.flatMap(({ rows }) => rows)
  }

  async end(): Promise<void> {
    await Promise.all(this.#all.map(client => client.end()))
  }

  #take(): Promise<pg.Client> {
    const client = this.#free.shift()
    return client ? Promise.resolve(client) : new Promise(resolve => this.#waiting.push(resolve))
  }

  /** To the end of the row, so that the next transaction gets another one. */
  #give(client: pg.Client): void {
    const next = this.#waiting.shift()
    if (next) next(client)
    else this.#free.push(client)
  }
}

const isEnd = ({ text }: Query): boolean => text === 'COMMIT' || text === 'ROLLBACK'

const isInTransaction = async (client: pg.Client): Promise<boolean> => {
  const { _txStatus: status } = client as unknown as { _txStatus?: string }
  return status === undefined || status === 'T' || status === 'E'
}

function assertStateless(query: Query): void {
  if ('name' in query) throw new Error(`a named statement: ${query.text}`)
  // The body of a function remains in no session: its DECLARE is not that of a cursor.
  if (ofSession.test(query.text.replace(/\$\$.*?\$\$/gs, '')))
    throw new Error(`remains in a session: ${query.text}`)
}
