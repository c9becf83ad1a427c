import { dirname } from 'node:path'
import type { Logger } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import type { BaselineCode } from '@runtape/replay'
import type { Args } from '../arguments/args.ts'
import { Misuse } from '../arguments/usage-error.ts'
import { gitIn, lineOf } from '../git/run-git.ts'
import { isolateItems } from '../isolation/isolate-items.ts'
import { launchIn } from '../isolation/item-process.ts'
import { shareProcess } from '../isolation/share-process.ts'
import type { Target } from '../loading/export-target.ts'
import { printError } from '../terminal/print.ts'
import { type Checkout, checkOut } from './checkout.ts'
import { chooseRef } from './choose-ref.ts'

/** The code before the change, ready to replay. */
export interface OpenBaseline {
  readonly code: BaselineCode
  /** Ends its processes, and removes its files. */
  close(): Promise<void>
}

interface BaselineOf {
  readonly target: Target
  /** The key of the current function. */
  readonly key: string
  readonly store: Store
  readonly logger: Logger
}

/**
 * The code of `--baseline`, in a separate process; `undefined` without the flag.
 *
 * @throws {Misuse} if there is no such code, or it cannot be loaded
 */
export async function openBaseline(args: Args, of: BaselineOf): Promise<OpenBaseline | undefined> {
  const ref = args.text('baseline')
  if (ref === undefined) return undefined
  const { target, key } = of
  const top = await repositoryAround(target)
  const { commit, description } = await chooseRef(gitIn(top), ref)
  printError(`Baseline: ${description}. Every trace is replayed twice.`)
  const checkout = await checkOut(top, commit)
  const items = itemsOf(args, of, checkout)
  const close = async () => {
    items.over()
    await checkout.remove()
  }
  try {
    const { problem, key: before } = await items.ready()
    if (problem !== undefined) throw new Misuse(`The baseline ${description} cannot be replayed: ${problem}`)
    if (before !== key)
      throw new Misuse(
        `In the baseline ${description} this export has the key '${before}', not '${key}', so its traces are others. Choose a later commit.`,
      )
  } catch (error) {
    await close()
    throw error instanceof Misuse ? error : new Misuse(`The baseline ${description}: ${messageOf(error)}`)
  }
  return { code: { replayItem: items.isolate, description }, close }
}

function itemsOf(args: Args, { store, logger }: BaselineOf, checkout: Checkout) {
  // Stray errors and outside calls of the old code say nothing about the change.
  const found = {
    stray: () => {},
    outside: () => {},
    warn: (message: string) => logger.warn(`Baseline: ${message}`),
  }
  return (args.has('isolate') ? isolateItems : shareProcess)(store, found, launchIn(checkout))
}

async function repositoryAround({ path, file }: Target): Promise<string> {
  let said = ''
  const onRefusal = (reason: string) => {
    said = ` Git says: ${reason}`
  }
  const top = lineOf(await gitIn(dirname(path))(['rev-parse', '--show-toplevel'], { onRefusal }))
  if (top !== undefined) return top
  throw new Misuse(`--baseline needs git, and a repository around ${file}.${said}`)
}
