import { pointInTime } from '@runtape/core/store-helpers'
import type { Args } from '../../arguments/args.ts'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { withRemovals } from '../../stores/open-database.ts'
import { defaultStore, storeFlag } from '../../stores/open-store.ts'
import { print, printJson } from '../../terminal/print.ts'
import { removalShown } from '../../terminal/removal-shown.ts'

export const command: Command = {
  name: 'prune',
  about:
    'Removes old traces, old runs, or both, while others write. Bills for the removed period are no longer available.',
  flags: {
    store: {
      ...storeFlag,
      about: `database path, or address (postgres://…, or https://… with its key in RUNTAPE_KEY). Default: ${defaultStore}.`,
    },
    'traces-before': { value: 'time', about: 'traces that started before this time: 30d, 2026-01-31' },
    'runs-before': { value: 'time', about: 'runs from before this time: 400d' },
    'dry-run': { about: 'count what would be removed, remove nothing' },
    json: { about: 'print JSON' },
  },
  examples: [
    'runtape prune --traces-before 30d --dry-run',
    'runtape prune --traces-before 30d --runs-before 400d',
  ],
  run: args =>
    withRemovals(args, async store => {
      const dryRun = args.has('dry-run')
      const receipt = await store.prune(queryOf(args), { dryRun })
      if (args.has('json')) printJson(receipt)
      else print(removalShown(receipt, dryRun))
      return 0
    }),
}

function queryOf(args: Args) {
  const [traces, runs] = [args.text('traces-before'), args.text('runs-before')]
  if (traces === undefined && runs === undefined)
    throw new Misuse('Choose what to prune: --traces-before 30d, --runs-before 400d, or both.')
  return {
    ...(traces !== undefined && { traces: { before: pointInTime('--traces-before', traces) } }),
    ...(runs !== undefined && { runs: { before: pointInTime('--runs-before', runs) } }),
  }
}
