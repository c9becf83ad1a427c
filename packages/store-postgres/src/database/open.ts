import { messageOf } from '@runtape/core/internal'
import pg from 'pg'
import { Bodies } from '../blobs/bodies.ts'
import { openSchema } from '../migration/migrate.ts'
import type { CheckedOptions } from '../options.ts'
import { Database } from './database.ts'
import { guardConnections, type PgPool, patientPool } from './pool.ts'

/** For a request to the blob store with its retries. */
const blobTimeoutMs = 90_000

/** A database that connects with its first query. */
export function openDatabase(options: CheckedOptions): Database {
  const { target, schema, statementTimeoutMs, answerTimeoutMs, migrate } = options
  const pool = 'pool' in target ? target.pool : ownPool(target.connectionString, options)
  guardConnections(pool)
  return new Database({
    // Its own pool has this limit itself.
    pool: 'pool' in target ? patientPool(pool, options.connectionTimeoutMs) : pool,
    ownsPool: !('pool' in target),
    schema,
    name: `${'pool' in target ? 'in a Postgres pool' : nameOf(target.connectionString)} (schema ${schema})`,
    ...{ statementTimeoutMs, answerTimeoutMs },
    bodies: options.blobs && new Bodies(options.blobs, blobTimeoutMs),
    open: database => openSchema(database, migrate),
  })
}

function ownPool(connectionString: string, options: CheckedOptions): PgPool {
  const pool = new pg.Pool({
    connectionString,
    max: options.maxConnections,
    connectionTimeoutMillis: options.connectionTimeoutMs,
    // Finds a host that is gone while a statement waits for it.
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    // Idle connections must not keep a process alive that has nothing else to do.
    allowExitOnIdle: true,
  })
  // A server that restarts ends idle connections. The pool replaces them; without a listener the process would end.
  pool.on('error', error => void messageOf(error))
  return pool
}

/** The address without user and password. */
function nameOf(connectionString: string): string {
  const { hostname, port, pathname } = new URL(connectionString)
  return `postgres://${hostname || 'localhost'}${port === '' ? '' : `:${port}`}${pathname}`
}
