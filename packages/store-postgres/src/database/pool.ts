import { realTimers } from '@runtape/core/internal'

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
  on?(event: 'acquire', listener: (client: PgClient) => void): unknown
}

const guarded = new WeakSet<object>()

/**
 * Between the moment in which a pool of `pg` hands out a connection and the moment in which it is used, the connection has no
 * listener for errors, and one that ends then would end the process. Gives it one.
 */
export function guardConnections(pool: PgPool): void {
  if (guarded.has(pool)) return
  guarded.add(pool)
  pool.on?.('acquire', client => {
    if (guarded.has(client)) return
    guarded.add(client)
    // The next query reports it.
    client.on('error', () => {})
  })
}

/** A pool that refuses a connection that does not come in time. */
export function patientPool(pool: PgPool, timeoutMs: number): PgPool {
  const connect = async (): Promise<PgClient> => {
    let isLate = false
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = realTimers.setTimeout(() => {
        isLate = true
        reject(new NoConnection())
      }, timeoutMs)
    })
    const connecting = pool.connect()
    // It belongs to others now.
    connecting.then(client => isLate && client.release()).catch(() => {})
    return Promise.race([connecting, late]).finally(() => realTimers.clearTimeout(timer))
  }
  return { connect, end: () => pool.end() }
}

/** No connection became free in time. */
export class NoConnection extends Error {
  override readonly name = 'NoConnection'
}
