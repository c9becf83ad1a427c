import type { StoreCopying } from '@runtape/core/internal'
import type { Args } from '../../arguments/args.ts'
import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { copyProgress } from '../../copying/copy-progress.ts'
import { copyShown, verificationShown } from '../../copying/copy-shown.ts'
import { type CopyResult, copyStore, countEntries } from '../../copying/copy-store.ts'
import { openIfThere, openSource, openTarget } from '../../copying/open-sides.ts'
import { type Side, type Verification, verifyCopy } from '../../copying/verify-copy.ts'
import { print, printError, printJson } from '../../terminal/print.ts'
import { showCount } from '../../terminal/show.ts'

export const command: Command = {
  name: 'copy',
  about:
    'Copies a store into another one, also while applications write to it, and compares the two. Run again, it copies only what is new.',
  flags: {
    from: { value: 'store', about: 'database path, address (postgres://…), or a folder of tape files' },
    to: { value: 'store', about: 'database path or address; created if it is missing' },
    verify: { about: 'only compare: counts of each kind, and usage by day' },
    'dry-run': { about: 'count what would be copied, copy nothing' },
    json: { about: 'print JSON' },
  },
  examples: [
    'runtape copy --from runtape.db --to "$DATABASE_URL" --dry-run',
    'runtape copy --from runtape.db --to "$DATABASE_URL"',
    'runtape copy --from "$DATABASE_URL" --to runtape.db',
  ],
  words: {
    known: 'the target had them already',
    conflicts: 'the target has something else in their place, which stands',
    refused: 'the target cannot keep them',
  },
  run: async args => {
    const [from, to] = [args.text('from'), args.text('to')]
    if (from === undefined || to === undefined)
      throw new Misuse('Pass both stores: runtape copy --from runtape.db --to postgres://user@host/database.')
    const source = await openSource(from)
    try {
      return await (args.has('dry-run') ? countOnly(source, to, args) : copyInto(source, to, args))
    } finally {
      await source.store.close()
    }
  },
}

async function countOnly(source: Side, to: string, args: Args): Promise<number> {
  const target = await openIfThere(to)
  const positions = target ? await target.copying.positions(await source.copying.id()) : new Map()
  await target?.store.close()
  const [counts, leftBehind] = [
    await countEntries(source.copying, positions),
    await source.copying.leftBehind(),
  ]
  if (args.has('json')) printJson({ counts, leftBehind })
  else {
    const lines = Object.entries(counts).map(([kind, count]) => `${showCount(count)} ${kind}`)
    print(lines.length === 0 ? 'There is nothing to copy.' : `To read: ${lines.join(', ')}.`)
    for (const [what, count] of Object.entries(leftBehind))
      print(`Would not be copied: ${showCount(count)} ${what}.`)
  }
  return 0
}

async function copyInto(source: Side, to: string, args: Args): Promise<number> {
  const target = await openTarget(to)
  try {
    await requireOther(source, target)
    const copied = args.has('verify') ? undefined : await copyAll(source, target)
    const canCompare = 'write' in source.copying
    const verification = canCompare
      ? await saying(verifyCopy(source, target, copied?.startedAt ?? Date.now()))
      : undefined
    const leftBehind = await source.copying.leftBehind()
    show({ copied, verification, leftBehind }, args)
    return verification !== undefined && verification.differences.length > 0 ? 1 : 0
  } finally {
    await target.store.close()
  }
}

/** The first bill of a file makes the rows of runs that it does not have yet, which can take minutes. */
async function saying<T>(comparison: Promise<T>): Promise<T> {
  const say = () => process.stderr.write('Comparing counts and usage by day…\n')
  const timer = setTimeout(say, 10_000)
  return comparison.finally(() => clearTimeout(timer))
}

async function requireOther(source: Side, target: Side): Promise<void> {
  if ((await source.copying.id()) === (await target.copying.id()))
    throw new Misuse('--from and --to are the same store.')
}

async function copyAll(source: Side, target: Side<StoreCopying>): Promise<CopyResult> {
  const progress = copyProgress(await source.copying.counts())
  try {
    return await copyStore(source.copying, target.copying, progress.step)
  } finally {
    progress.end()
  }
}

interface Done {
  readonly copied: CopyResult | undefined
  readonly verification: Verification | undefined
  readonly leftBehind: Readonly<Record<string, number>>
}

function show({ copied, verification, leftBehind }: Done, args: Args): void {
  if (args.has('json')) {
    const { startedAt: _, ...counts } = copied ?? { startedAt: 0 }
    printJson({ ...counts, leftBehind, ...(verification && { verification }) })
    return
  }
  if (copied) print(copyShown(copied, leftBehind))
  if (verification === undefined) return
  const text = verificationShown(verification)
  if (verification.differences.length > 0) printError(text)
  else print(text)
}
