import { monotonicNow } from '@runtape/core/internal'
import type { AnyFunction } from '@runtape/trace'
import type { ReplayOptions } from '../src/options.ts'
import type { ReplayItem } from '../src/report.ts'
import { replay } from '../src/run/replay.ts'
import { inFakeTime } from './fake-time.ts'
import type { Tape } from './tape.ts'

type AsyncFunction = () => Promise<unknown>

/** Records one call of `fn`, runs `change`, and replays the call. */
export async function recordAndReplay<F extends AnyFunction>(
  { store, recorder }: Tape,
  fn: F,
  options: Partial<ReplayOptions> = {},
  change: () => void = () => {},
  /** How long to wait for the losers of a race, in milliseconds. */
  losersMs = 0,
): Promise<ReplayItem & { readonly tookMs: number }> {
  await Promise.resolve(fn()).catch(() => {})
  await new Promise(resolve => setTimeout(resolve, losersMs))
  return replayed({ recorder, store }, fn, options, change)
}

/** Like `recordAndReplay`, with exact recorded times and ended race losers. See `inFakeTime` for `settled`. */
export async function recordExactly<F extends AsyncFunction>(
  tape: Tape,
  fn: F,
  options: Partial<ReplayOptions> = {},
  change: () => void = () => {},
  settled?: () => Promise<void>,
): Promise<ReplayItem & { readonly tookMs: number }> {
  await inFakeTime(() => fn().catch(() => {}), undefined, settled)
  return replayed(tape, fn, options, change)
}

async function replayed<F extends AnyFunction>(
  { store, recorder }: Pick<Tape, 'store' | 'recorder'>,
  fn: F,
  options: Partial<ReplayOptions>,
  change: () => void,
): Promise<ReplayItem & { readonly tookMs: number }> {
  await recorder.flush()
  change()
  const started = monotonicNow()
  const { items } = await replay(fn, { store, ...options })
  const [item] = items
  if (!item) throw new Error('nothing was replayed')
  return { ...item, tookMs: monotonicNow() - started }
}
