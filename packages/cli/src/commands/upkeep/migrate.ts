import type { PostgresMigration } from '@runtape/store-postgres'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { isPostgres, postgresPackage, postgresTarget } from '../../stores/postgres-target.ts'
import { print, printJson } from '../../terminal/print.ts'

export const command: Command = {
  name: 'migrate',
  about: 'Creates the tables of a store in Postgres, or brings them up to date, in one transaction.',
  flags: {
    store: { value: 'address', about: 'such as postgres://user@host/database?schema=runtape' },
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
    const migration = await migratePostgres({ ...postgresTarget(store), dryRun })
    if (args.has('json')) printJson(migration)
    else print(shown(migration, dryRun))
    return 0
  },
}

function shown({ from, to, sql }: PostgresMigration, dryRun: boolean): string {
  if (from === to) return `${dryRun ? '-- ' : ''}The schema is up to date (version ${to}).`
  if (dryRun) return `-- Runtape schema: version ${from} to ${to}\n${sql}`
  return from === 0 ? `Created the tables (version ${to}).` : `Migrated from version ${from} to ${to}.`
}
