import type { Command } from '../../arguments/command.ts'
import { examineDatabase } from '../../doctor/examine-database.ts'
import { examineNode } from '../../doctor/examine-node.ts'
import { examinePackages } from '../../doctor/examine-packages.ts'
import { examinePostgres } from '../../doctor/examine-postgres.ts'
import { examineFile } from '../../doctor/examine-replays.ts'
import { showFindings } from '../../doctor/show-findings.ts'
import { defaultStore, storeFlag } from '../../stores/open-store.ts'
import { isPostgres } from '../../stores/postgres-target.ts'
import { requireDatabase } from '../../stores/server-target.ts'
import { print, printJson } from '../../terminal/print.ts'

export const command: Command = {
  name: 'doctor',
  about: 'Finds out why nothing is recorded: checks the database, its records and the installed packages.',
  flags: {
    store: { ...storeFlag, about: `database path, or postgres://…. Default: ${defaultStore}.` },
    json: { about: 'print JSON' },
  },
  examples: [
    'runtape doctor',
    'runtape doctor --store data/runtape.db',
    'runtape doctor --store "$DATABASE_URL"',
  ],
  run: async args => {
    const store = args.text('store') ?? defaultStore
    requireDatabase(store)
    const findings = [
      examineNode(process.versions.node),
      ...examinePackages('.'),
      ...(isPostgres(store)
        ? await examinePostgres(store, Date.now())
        : [...examineDatabase(store, Date.now()), ...(await examineFile(store))]),
    ]
    if (args.has('json')) printJson(findings)
    else print(showFindings(findings))
    return findings.some(({ level }) => level === 'problem') ? 1 : 0
  },
}
