import { RuntapeError } from '@runtape/core'
import { checkedRetention, type KeptAges, type Retention } from '@runtape/core/store-helpers'
import type { BlobStore } from './blobs/blob-store.ts'
import type { PgPool } from './database/pool.ts'

/** How to reach a database. Exactly one of `connectionString` and `pool`. */
export interface PostgresTarget {
  /** `postgres://user:password@host:5432/database` */
  readonly connectionString?: string
  /** A pool of the application, which the application closes. */
  readonly pool?: PgPool
  /** The schema that contains the tables; created if it is missing. Default: `runtape`. */
  readonly schema?: string
}

export interface PostgresStoreOptions extends PostgresTarget {
  /**
   * Whether the store may create and update its tables. If not, `runtape migrate` does, and the store refuses a schema
   * of another version. Default: true.
   */
  readonly migrate?: boolean
  /**
   * Whether `search` finds the texts of new records. They are added behind the writes, with an index of trigrams if the server
   * has the extension `pg_trgm`. Default: false.
   */
  readonly search?: boolean
  /**
   * Prunes older recordings automatically, a second after opening and then every hour while the process runs. Of many
   * processes, one at a time does. Default: everything is kept.
   */
  readonly retention?: Retention
  /** Most connections of the store's own pool. Default: 10. */
  readonly maxConnections?: number
  /** How long to wait for a connection, in milliseconds. Default: 10,000. */
  readonly connectionTimeoutMs?: number
  /** After this many milliseconds the server stops a statement. Default: the setting of the server. */
  readonly statementTimeoutMs?: number
  /**
   * Where inputs and outputs of more than 65,536 characters are kept, such as `s3Blobs` or `folderBlobs`. Whatever reads
   * them needs the same option. Default: in the database.
   */
  readonly blobs?: BlobStore
  /**
   * How long a statement waits for its answer, in milliseconds. Then its connection counts as lost, because a server, a proxy or
   * a network can fall silent for ever. Default: 30,000 for what adds records, 600,000 for other statements, or 10,000 more
   * than `statementTimeoutMs`, whichever is longer. A migration has no limit.
   */
  readonly answerTimeoutMs?: number
}

/** Options as the store uses them. */
export interface CheckedOptions {
  readonly target: { readonly connectionString: string } | { readonly pool: PgPool }
  readonly schema: string
  readonly migrate: boolean
  readonly search: boolean
  readonly maxConnections: number
  readonly connectionTimeoutMs: number
  readonly statementTimeoutMs: number | undefined
  readonly blobs: BlobStore | undefined
  readonly answerTimeoutMs: number | undefined
  readonly retention: KeptAges
}

const known = [
  ...['connectionString', 'pool', 'schema', 'migrate', 'search', 'retention'],
  ...['maxConnections', 'connectionTimeoutMs', 'statementTimeoutMs', 'answerTimeoutMs', 'blobs'],
]

/** @throws {RuntapeError} `invalid-option` */
export function checkedOptions(options: PostgresStoreOptions, maker = 'postgresStore'): CheckedOptions {
  if (typeof options !== 'object' || options === null)
    throw refused(`${maker} takes an object with connectionString or pool (got ${shown(options)})`)
  const unknown = Object.keys(options).find(name => !known.includes(name))
  if (unknown !== undefined) throw refused(`${maker} has no option "${unknown}". It has ${known.join(', ')}`)
  const { migrate = true, maxConnections = 10, connectionTimeoutMs = 10_000 } = options
  const { statementTimeoutMs, answerTimeoutMs, blobs } = options
  if (typeof migrate !== 'boolean') throw refused(`migrate must be true or false (got ${shown(migrate)})`)
  const { search = false } = options
  if (typeof search !== 'boolean') throw refused(`search must be true or false (got ${shown(search)})`)
  requireCount('maxConnections', maxConnections)
  requireCount('connectionTimeoutMs', connectionTimeoutMs)
  if (statementTimeoutMs !== undefined) requireCount('statementTimeoutMs', statementTimeoutMs)
  if (answerTimeoutMs !== undefined) requireCount('answerTimeoutMs', answerTimeoutMs)
  if (blobs !== undefined) requireBlobStore(blobs)
  return {
    target: checkedTarget(options, maker),
    schema: checkedSchema(options.schema),
    retention: checkedRetention(options.retention),
    ...{ migrate, search, maxConnections, connectionTimeoutMs, statementTimeoutMs, answerTimeoutMs, blobs },
  }
}

function checkedTarget({ connectionString, pool }: PostgresTarget, maker: string): CheckedOptions['target'] {
  if ((connectionString === undefined) === (pool === undefined))
    throw refused(`${maker} takes either connectionString or pool. Pass one of them`)
  if (pool !== undefined) {
    if (typeof pool?.connect === 'function' && typeof pool.end === 'function') return { pool }
    throw refused(`pool must be a Pool of "pg" (got ${shown(pool)})`)
  }
  // The text is not shown: it may contain a password.
  if (typeof connectionString !== 'string' || !/^postgres(ql)?:\/\/./.test(connectionString))
    throw refused('connectionString must be a text such as "postgres://user:password@host:5432/database"')
  if (!URL.canParse(connectionString))
    throw refused(
      'connectionString is not a valid URL. Encode special characters of the password: "@" is %40',
    )
  return { connectionString }
}

function checkedSchema(schema: unknown = 'runtape'): string {
  if (typeof schema === 'string' && /^[a-z_][a-z0-9_]{0,62}$/.test(schema) && !schema.startsWith('pg_'))
    return schema
  throw refused(
    `schema must have 1 to 63 lower-case letters, digits and underscores, and not start with a digit or "pg_" (got ${shown(schema)})`,
  )
}

function requireCount(name: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) > 0 && (value as number) < 2 ** 31) return
  throw refused(`${name} must be a whole number, 1 or more (got ${shown(value)})`)
}

function requireBlobStore(blobs: BlobStore): void {
  if (['put', 'get', 'delete'].every(method => typeof blobs?.[method as 'put'] === 'function')) return
  throw refused(`blobs must have put, get and delete, such as s3Blobs({ bucket }) (got ${shown(blobs)})`)
}

const refused = (reason: string): RuntapeError => new RuntapeError('invalid-option', `${reason}.`)

const shown = (value: unknown): string =>
  typeof value === 'string'
    ? JSON.stringify(value)
    : typeof value === 'object' && value
      ? 'an object'
      : String(value)
