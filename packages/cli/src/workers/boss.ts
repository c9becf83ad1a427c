import { messageOf } from '@runtape/core/internal'
import type { PgBoss } from 'pg-boss'
import type { Args } from '../arguments/args.ts'
import type { Flag } from '../arguments/command.ts'
import { Misuse } from '../arguments/usage-error.ts'
import { isPostgres, postgresTarget } from '../stores/postgres-target.ts'

export const jobsSchemaFlag: Flag = {
  value: 'name',
  about: 'the Postgres schema of the queues of --workers. Default: runtape_jobs.',
}

/** The schema of the queues. */
export const jobsSchemaOf = (args: Args): string => args.text('jobs-schema') ?? 'runtape_jobs'

/** The queues in the database of `--store`. Creates their schema, unless it exists. */
export async function openBoss(args: Args): Promise<PgBoss> {
  const store = args.text('store')
  if (!isPostgres(store))
    throw new Misuse(
      'Workers share a store in Postgres: pass its address, --store postgres://user@host/database.',
    )
  const schema = jobsSchemaOf(args)
  const { connectionString } = postgresTarget(store)
  const { PgBoss } = await bossPackage()
  const boss = new PgBoss({
    connectionString,
    schema,
    max: 4,
    application_name: 'runtape',
    // The command that waits for the results watches its own queues: see `HandOut`.
    supervise: false,
    schedule: false,
    monitorIntervalSeconds: 1,
  })
  // Each call reports its failure itself.
  boss.on('error', () => {})
  try {
    return await boss.start()
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => {})
    throw new Misuse(
      `The queues in the schema ${schema} cannot be used: ${messageOf(error)}. If the user may not create tables, run "runtape migrate --jobs" as one who may.`,
    )
  }
}

async function bossPackage(): Promise<typeof import('pg-boss')> {
  try {
    return await import('pg-boss')
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new Misuse('Replays with workers need a package: npm install pg-boss@12.')
  }
}

/** Ends the connections; jobs that were taken stay taken until their lease ends. */
export const closeBoss = (boss: PgBoss): Promise<void> =>
  boss.stop({ graceful: false, close: true }).catch(() => {})
