import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { withDatabase } from '../../stores/open-database.ts'
import { defaultStore, storeFlag } from '../../stores/open-store.ts'
import { print } from '../../terminal/print.ts'
import { showText } from '../../terminal/show.ts'

export const command: Command = {
  name: 'backup',
  about: 'Copies the database into a new file while others write. Later erasures do not reach the copy.',
  operands: '<file>',
  flags: { store: { ...storeFlag, about: `database path. Default: ${defaultStore}.` } },
  examples: ['runtape backup runtape-2026-01-31.db'],
  run: args =>
    withDatabase(args, async store => {
      const [path, ...more] = args.operands
      if (path === undefined || more.length > 0) throw new Misuse('Name one new file: runtape backup <file>.')
      await store.backup(path)
      print(`Copied to ${showText(path, 300)}.`)
      return 0
    }),
}
