import type { EraseTarget, RemovalReceipt } from '@runtape/core/store'
import type { Args } from '../../arguments/args.ts'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { withRemovals } from '../../stores/open-database.ts'
import { defaultStore, storeFlag } from '../../stores/open-store.ts'
import { print, printJson } from '../../terminal/print.ts'
import { removalShown } from '../../terminal/removal-shown.ts'

export const command: Command = {
  name: 'erase',
  about:
    'Removes a person, a run, a trace or a session for good, with all its runs, traces and replays. Records of it that arrive later are dropped.',
  flags: {
    store: {
      ...storeFlag,
      about: `path of a database or an outbox, or address (postgres://…, or https://… with its key in RUNTAPE_KEY). Default: ${defaultStore}.`,
    },
    context: { value: 'kind:key', about: 'everything recorded for this context, such as user:ada' },
    run: { value: 'id', about: 'this run' },
    trace: { value: 'id', about: 'this trace' },
    session: { value: 'id', about: 'this session' },
    'keep-totals': { about: 'keep the billed numbers, without the person' },
    vacuum: {
      about:
        'rewrite the file or the tables afterwards so that unused space holds no copy; blocks others meanwhile',
    },
    'dry-run': { about: 'count what would be removed, remove nothing' },
    json: { about: 'print JSON' },
  },
  examples: [
    'runtape erase --context user:ada --dry-run',
    'runtape erase --context user:ada --keep-totals --vacuum',
  ],
  run: args =>
    withRemovals(args, async (store, vacuum) => {
      const [dryRun, keepTotals] = [args.has('dry-run'), args.has('keep-totals')]
      const erased = await store.erase(targetOf(args), { dryRun, keepTotals })
      const receipt = args.has('vacuum') && !dryRun ? rewritten(erased, await vacuum()) : erased
      if (args.has('json')) printJson(receipt)
      else print(removalShown(receipt, dryRun, 'erased'))
      return receipt.leftover === undefined ? 0 : 1
    }),
}

/** @param left after everything was rewritten */
function rewritten(receipt: RemovalReceipt, left: string | undefined): RemovalReceipt {
  const { leftover: _, inFiles: __, ...counts } = receipt
  return left === undefined ? counts : { ...counts, leftover: left }
}

function targetOf(args: Args): EraseTarget {
  const [context, runId, traceId, sessionId] = ['context', 'run', 'trace', 'session'].map(name =>
    args.text(name),
  )
  const given = [
    ...(context === undefined ? [] : [{ context: contextOf(context) }]),
    ...(runId === undefined ? [] : [{ runId }]),
    ...(traceId === undefined ? [] : [{ traceId }]),
    ...(sessionId === undefined ? [] : [{ sessionId }]),
  ]
  const [target] = given
  if (target !== undefined && given.length === 1) return target
  throw new Misuse('Choose what to erase with one of --context user:ada, --run, --trace or --session.')
}

function contextOf(text: string): { kind: string; key: string } {
  const colon = text.indexOf(':')
  if (colon > 0 && colon < text.length - 1) return { kind: text.slice(0, colon), key: text.slice(colon + 1) }
  throw new Misuse(`--context needs a kind and a key, such as user:ada (got "${text}").`)
}
