import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { NoConnection } from './pool.ts'

/** The error for a store that cannot be used: where it is, why, and what to do. */
export function unusable(name: string, reason: string, cause?: unknown): RuntapeError {
  return new RuntapeError('store-unusable', `The store ${name} cannot be used: ${reason}.`, { cause })
}

/** The error for a store that was closed. */
export const closed = (name: string): RuntapeError =>
  new RuntapeError(
    'store-closed',
    `The store ${name} was closed. Open it again with postgresStore, or close it later.`,
  )

/** The error for a payload in a blob store that this store was not given. */
export const noBlobs = (name: string, key: string): RuntapeError =>
  unusable(
    name,
    `a large input or output is in a blob store, as "${key}". Open the store with the option blobs with which it was written`,
  )

/** Error codes of Postgres (https://www.postgresql.org/docs/current/errcodes-appendix.html) and of sockets. */
const reasons: Readonly<Record<string, string>> = {
  '25P03':
    'the server closed the connection because a transaction waited for too long, such as in a process that was suspended. Try again',
  '25P04':
    'a transaction took longer than transaction_timeout of the server allows. Nothing was written; try again',
  '57P04': 'the database was dropped. Create it, or pass another connection string',
  '57P05': 'the server closed the idle connection. Try again',
  '58030': 'the server could not read or write a file. See its log',
  EAI_AGAIN: 'its host name cannot be looked up at the moment. Check the network, then try again',
  EHOSTUNREACH: 'its host cannot be reached. Check the network, then try again',
  ENETUNREACH: 'its network cannot be reached. Check the network, then try again',
  '28P01': 'the server refused the user or the password. Check the connection string',
  '28000': 'the server refused the user. Check the connection string and pg_hba.conf of the server',
  '3D000': 'the database does not exist. Create it, or pass another connection string',
  '3F000': 'its schema does not exist. Run "runtape migrate", or pass another schema',
  '42P01': 'a table is missing. Run "runtape migrate", or pass another schema',
  '42501':
    'the user lacks a privilege. Grant it CREATE on the database to create the schema, or run "runtape migrate" as an owner and grant USAGE on the schema and SELECT, INSERT, UPDATE and DELETE on its tables',
  '25006': 'the server is read-only, such as a replica. Pass the address of the primary',
  '40P01': 'transactions blocked each other repeatedly. Nothing was written; try again',
  '40001': 'a transaction was cancelled by another one. Nothing was written; try again',
  '53100': 'the disk of the server is full. Free some space, then try again',
  '53200': 'the server is out of memory. Try again with smaller batches',
  '53300': 'the server accepts no more connections. Lower maxConnections, or use a pooler such as PgBouncer',
  '55P03': 'another transaction keeps a lock. End it, then try again',
  '57014': 'a statement took longer than its timeout. Raise statementTimeoutMs, or narrow the query',
  '57P01': 'the server closed the connection, such as for a restart. Try again',
  '57P02': 'the server crashed and restarts. Try again',
  '57P03': 'the server is starting or stopping. Try again',
  ECONNREFUSED: 'no server accepts connections there. Start it, or check host and port',
  ENOTFOUND: 'its host name is unknown. Check the connection string',
  ECONNRESET: 'the connection was lost. What was being written may be there or not; try again',
  EPIPE: 'the connection was lost. What was being written may be there or not; try again',
  ETIMEDOUT: 'the server did not answer in time. Check the network, then try again',
}

const lost = reasons.ECONNRESET as string
const noPassword = 'the server expects a password. Add it to the connection string, or set PGPASSWORD'
const noConnection =
  'no connection became free in time: the server does not answer, or all are in use. Check the network, raise maxConnections or connectionTimeoutMs, or look for transactions that stay open'

const codeOf = (thrown: unknown): string => {
  const { code } = (thrown ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

/** A statement was not answered. Its connection counts as lost. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'

  constructor(timeoutMs: number) {
    super(
      `the server did not answer within ${timeoutMs} ms. What was being written may be there or not. Check the network and look for transactions that stay open, then try again, or raise answerTimeoutMs`,
    )
  }
}

/** Converts whatever `pg` threw to an error of the store. Returns a `RuntapeError` unchanged. */
export function asStoreError(name: string, thrown: unknown): RuntapeError {
  if (RuntapeError.isInstance(thrown)) return thrown
  const message = messageOf(thrown)
  if (thrown instanceof NoAnswer) return unusable(name, message, thrown)
  if (thrown instanceof NoConnection || /timeout exceeded when trying to connect/.test(message))
    return unusable(name, noConnection, thrown)
  if (/due to connection timeout/.test(message)) return unusable(name, reasons.ETIMEDOUT ?? lost, thrown)
  if (/client password must be a string/.test(message)) return unusable(name, noPassword, thrown)
  if (isLostConnection(thrown)) return unusable(name, reasonOfLoss(thrown), thrown)
  if (codeOf(thrown) === '54000')
    return new RuntapeError(
      'record-too-large',
      `A record for ${name} is larger than Postgres allows. It was not kept; limit payloads with maxPayloadBytes.`,
      { cause: thrown },
    )
  const known = reasonOf(thrown)
  return unusable(name, known ?? `${message}. See the log of the server`, thrown)
}

/** The reason, with the server's words where they name a table or a difference. */
function reasonOf(thrown: unknown): string | undefined {
  const reason = reasons[codeOf(thrown)]
  const message = messageOf(thrown)
  if (codeOf(thrown) === '57014' && /user request/.test(message))
    return 'a statement was cancelled by another session. Nothing was written; try again'
  return codeOf(thrown) === '42501' ? `${message}: ${reason}` : reason
}

/** A pooler reports with a code of class 08, in its own words, what is wrong behind it. */
function reasonOfLoss(thrown: unknown): string {
  if (codeOf(thrown).startsWith('08')) return `${lost} (${messageOf(thrown)})`
  return reasons[codeOf(thrown)] ?? lost
}

const lostCodes: ReadonlySet<string> = new Set([
  ...['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['25P03', '25P04', '57P01', '57P02', '57P03', '57P04', '57P05'],
])

/** Whether the connection is gone, so that not even a rollback can be sent. */
export const isLostConnection = (thrown: unknown): boolean =>
  thrown instanceof NoAnswer ||
  lostCodes.has(codeOf(thrown)) ||
  codeOf(thrown).startsWith('08') ||
  /Connection terminated|Client has encountered a connection error|not queryable/.test(messageOf(thrown))

/** Whether another connection may lead to another server or have another setting: after a failover this one may be a replica. */
export const isOfSession = (thrown: unknown): boolean => codeOf(thrown) === '25006'

/** Whether the tables are gone, so that the schema must be prepared again. */
export const isWithoutTables = (error: unknown): boolean =>
  ['3F000', '42P01'].includes(codeOf(causeOf(error)))

const causeOf = (error: unknown): unknown => (RuntapeError.isInstance(error) ? (error as Error).cause : error)

/** Whether the transaction was undone completely, for a reason that is not its fault. */
export function isWorthRetrying(error: unknown): boolean {
  return ['40P01', '40001'].includes(codeOf(causeOf(error)))
}
