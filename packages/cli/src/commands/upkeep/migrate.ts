import type { PostgresMigration } from '@runtape/store-postgres'
import type { Args } from '../../arguments/args.ts'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { isPostgres, postgresPackage, postgresTarget } from '../../stores/postgres-target.ts'
import { print, printJson } from '../../terminal/print.ts'
import { closeBoss, jobsSchemaFlag, jobsSchemaOf, openBoss } from '../../workers/boss.ts'
import { createOpenReplays } from '../../workers/queues.ts'

export const command: Command = {
  name: 'migrate',
  about: 'Creates the tables of a store in Postgres, or brings them up to date, in one transaction.',
  flags: {
    store: { value: 'address', about: 'such as postgres://user@host/database?schema=runtape' },
    jobs: { about: 'also create the queues of "runtape replay --workers pg"' },
    'jobs-schema': jobsSchemaFlag,
    search: { about: 'also create the index for searches, with the extension pg_trgm' },
    print: { about: 'print the SQL, change nothing' },
    json: { about: 'print JSON' },
  },
  examples: [
    'runtape migrate --store "$DATABASE_URL"',
    'runtape migrate --store "$DATABASE_URL" --print > runtape.sql',
  ],
  run: async args => {
    const store = args.text('store')
    if (!isPostgres(store))
      throw new Misuse(
        'Pass the address of a Postgres database: --store postgres://user@host/database. SQLite files are migrated when they are opened.',
      )
    const { migratePostgres } = await postgresPackage()
    const dryRun = args.has('print')
    if (args.has('jobs')) await migrateJobs(args, dryRun)
    const migration = await migratePostgres({ ...postgresTarget(store), dryRun, search: args.has('search') })
    if (args.has('json')) printJson(migration)
    else print(shown(migration, dryRun))
    return 0
  },
}

/** Their tables belong to pg-boss, which also brings them up to date. */
async function migrateJobs(args: Args, dryRun: boolean): Promise<void> {
  if (dryRun) throw new Misuse('--print shows the tables of the store only. Leave out --jobs.')
  const boss = await openBoss(args)
  try {
    await createOpenReplays(boss)
    if (!args.has('json')) print(`The queues are in the schema ${jobsSchemaOf(args)}.`)
  } finally {
    await closeBoss(boss)
  }
}

function shown({ from, to, sql }: PostgresMigration, dryRun: boolean): string {
  if (sql === '') return `${dryRun ? '-- ' : ''}The schema is up to date (version ${to}).`
  if (dryRun) return `-- Runtape schema: version ${from} to ${to}\n${sql}`
  if (from === to) return 'Created the index for searches.'
  return from === 0 ? `Created the tables (version ${to}).` : `Migrated from version ${from} to ${to}.`
}
