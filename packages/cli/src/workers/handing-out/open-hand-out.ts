import type { Logger } from '@runtape/core'
import type { ReplayOptions } from '@runtape/replay'
import type { Args } from '../../arguments/args.ts'
import { defaultItemTimeoutMs } from '../../arguments/replay-flags.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import type { FoundBeside } from '../../isolation/isolate-items.ts'
import type { Target } from '../../loading/export-target.ts'
import { start } from '../../process/start.ts'
import { closeBoss, openBoss } from '../boss.ts'
import { orderOf } from '../order.ts'
import { HandOut } from './hand-out.ts'

/** Workers as the replay uses them. */
export interface OpenHandOut extends Pick<HandOut, 'isolate' | 'signal' | 'outside'> {
  readonly maxConcurrency: number
  close(): Promise<void>
}

interface HandOutOf {
  readonly target: Target
  readonly key: string
  readonly options: Pick<ReplayOptions, 'maxConcurrency' | 'maxCostUsd' | 'itemTimeoutMs'>
  readonly found: FoundBeside
  readonly logger: Logger
}

const usualLeaseMs = 30_000
const shortestLeaseMs = 10_000
/** Enough for a hundred workers. */
const usualConcurrency = 1000
/** With a limit, as many items may exceed it as are running. */
const carefulConcurrency = 10

/**
 * Hands items to workers with `--workers pg`; `undefined` without the flag.
 *
 * @throws {Misuse} if the queues cannot be used
 */
export async function openHandOut(args: Args, of: HandOutOf): Promise<OpenHandOut | undefined> {
  const kind = args.oneOf('workers', ['pg'])
  if (kind === undefined) return refuseAlone(args)
  const { target, key, options, found, logger } = of
  const leaseMs = args.duration('lease') ?? usualLeaseMs
  if (leaseMs < shortestLeaseMs) throw new Misuse('--lease must be at least 10s.')
  const order = await orderOf(args, target, key, start.env)
  const boss = await openBoss(args)
  const handOut = new HandOut(boss, {
    order,
    leaseMs,
    giveUpMs: options.itemTimeoutMs ?? defaultItemTimeoutMs,
    advice: `Start one where this code is checked out: runtape worker ${args.operands[0]} --store <address>.`,
    found,
    logger,
  })
  await handOut.open()
  return {
    isolate: handOut.isolate,
    signal: handOut.signal,
    outside: handOut.outside,
    maxConcurrency: concurrencyOf(options),
    close: async () => {
      await handOut.close()
      await closeBoss(boss)
    },
  }
}

function refuseAlone(args: Args): undefined {
  const alone = ['lease', 'jobs-schema', 'env'].find(flag => args.whole(flag).length > 0)
  if (alone !== undefined) throw new Misuse(`--${alone} needs --workers pg.`)
  return undefined
}

const concurrencyOf = ({ maxConcurrency, maxCostUsd }: HandOutOf['options']): number =>
  maxConcurrency ?? (maxCostUsd === undefined ? usualConcurrency : carefulConcurrency)
