import { messageOf } from '@runtape/core/internal'
import type { Store, StoreHealth } from '@runtape/core/store'
import type { PostgresInspection } from '@runtape/store-postgres'
import { blobTarget } from '../stores/blob-target.ts'
import { postgresPackage, postgresTarget } from '../stores/postgres-target.ts'
import { showCount } from '../terminal/show.ts'
import { count, counted, lastRecord, nothing } from './examine-records.ts'
import { examineReplays } from './examine-replays.ts'
import { type Finding, fine, note, problem } from './finding.ts'

/** Findings about a store in Postgres. */
export async function examinePostgres(address: string, now: number): Promise<Finding[]> {
  const { inspectPostgres, postgresStore } = await postgresPackage()
  const target = postgresTarget(address)
  try {
    const found = await inspectPostgres(target)
    const state = stateOf(found)
    if (state.some(({ level }) => level === 'problem') && !isReadable(found)) return state
    const open = async () => postgresStore({ ...target, ...(await blobTarget()), migrate: false })
    return [...state, ...(await examineStore(await open(), now)), ...(await examineReplays(open))]
  } catch (error) {
    return [problem(messageOf(error), 'Then run this again.')]
  }
}

const isReadable = ({ schemaVersion, neededVersion, isCopied, missingPrivileges }: PostgresInspection) =>
  schemaVersion === neededVersion &&
  !isCopied &&
  !missingPrivileges.some(privilege => /^(SELECT|USAGE on schema)/.test(privilege))

function stateOf(found: PostgresInspection): Finding[] {
  return [
    fine(`The store is ${found.name}, Postgres ${found.server}.`),
    ...version(found),
    ...tables(found),
    ...privileges(found),
    ...readOnly(found),
    ...clock(found),
    ...connections(found),
  ]
}

const [oldest, newest] = [14, 18]

function version({ server }: PostgresInspection): Finding[] {
  const major = Number.parseInt(server, 10)
  if (major < oldest)
    return [problem(`Postgres ${server} is too old for Runtape.`, `Use Postgres ${oldest} or newer.`)]
  if (major > newest)
    return [note(`Runtape is not tested with Postgres ${server}.`, `Tested are ${oldest} to ${newest}.`)]
  return []
}

function tables({
  schemaVersion,
  neededVersion,
  isCopied,
  missingPrivileges,
}: PostgresInspection): Finding[] {
  // Then it is not known.
  if (missingPrivileges.length > 0 && schemaVersion === 0) return []
  if (schemaVersion === 0)
    return [
      problem(
        'Its schema has no tables of Runtape.',
        'Run "runtape migrate" as their owner. An application without migrate: false creates them with its first record, if its user may.',
      ),
    ]
  if (isCopied)
    return [
      problem(
        'It was loaded from a dump or copied, and is not used yet.',
        'Run "runtape migrate": it becomes another store, which knows the revisions of the first up to the copy.',
      ),
    ]
  if (schemaVersion > neededVersion)
    return [
      problem(`Its tables have version ${schemaVersion}.`, 'Update @runtape/store-postgres and runtape.'),
    ]
  if (schemaVersion < neededVersion)
    return [problem(`Its tables have version ${schemaVersion}.`, 'Run "runtape migrate".')]
  return []
}

function privileges({ missingPrivileges }: PostgresInspection): Finding[] {
  if (missingPrivileges.length === 0) return []
  const [shown, more] = [missingPrivileges.slice(0, 5), missingPrivileges.length - 5]
  const what = `This user lacks ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
  const next = 'Reading takes SELECT alone; for recording, grant the privileges in docs/deploy.md.'
  const isForWriting = missingPrivileges.every(privilege =>
    /^(INSERT|UPDATE|DELETE|USAGE on ids)/.test(privilege),
  )
  return [isForWriting ? note(what, next) : problem(what, next)]
}

const readOnly = ({ isReadOnly }: PostgresInspection): Finding[] =>
  isReadOnly
    ? [note('The server is read-only, such as a replica.', 'For recording, pass the address of the primary.')]
    : []

function clock({ clockAheadMs }: PostgresInspection): Finding[] {
  if (Math.abs(clockAheadMs) < 5000) return []
  const seconds = showCount(Math.round(Math.abs(clockAheadMs) / 1000))
  const what = `The clock of the server is ${seconds} s ${clockAheadMs > 0 ? 'ahead of' : 'behind'} that of this machine.`
  return [note(what, 'Synchronise both: received times are by the server, times of runs by the machines.')]
}

function connections({ connections: { open, most } }: PostgresInspection): Finding[] {
  const what = `${showCount(open)} of ${showCount(most)} connections are open.`
  if (open < most * 0.8) return [fine(what)]
  return [
    note(
      what,
      'Lower maxConnections of the stores, or put PgBouncer in transaction mode in front of the server.',
    ),
  ]
}

async function examineStore(store: Store, now: number): Promise<Finding[]> {
  try {
    const health = await store.health.get()
    if (health.runs === 0 && health.traces === 0) return [nothing, ...counted(health)]
    return [holds(health), lastRecord(await lastTimes(store), now), ...counted(health)]
  } finally {
    await store.close()
  }
}

const holds = ({ runs, traces, bytes = 0 }: StoreHealth): Finding =>
  fine(
    `It holds ${count(runs, 'run')} and ${count(traces, 'trace')} in ${showCount(Math.ceil(bytes / 1024))} KiB.`,
  )

async function lastTimes(store: Store): Promise<{ lastEventAt?: number; lastTraceAt?: number }> {
  const [runs, traces] = await Promise.all([store.runs.list({ limit: 1 }), store.traces.list({ limit: 1 })])
  const [lastEventAt, lastTraceAt] = [runs.items[0]?.lastAt, traces.items[0]?.startedAt]
  return {
    ...(lastEventAt !== undefined && { lastEventAt }),
    ...(lastTraceAt !== undefined && { lastTraceAt }),
  }
}
