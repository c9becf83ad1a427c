import { monotonicNow } from '@runtape/core/internal'
import type { AnyFunction } from '@runtape/trace'
import type { ReplayOptions } from '../src/options.ts'
import type { ReplayItem } from '../src/report.ts'
import { replay } from '../src/run/replay.ts'
import type { Tape } from './tape.ts'

/** Records one call of `fn`, lets `change` happen, and replays it. */
export async function recordAndReplay<F extends AnyFunction>(
  { store, recorder }: Tape,
  fn: F,
  options: Partial<ReplayOptions> = {},
  change: () => void = () => {},
  /** How long what lost a race goes on. */
  losersMs = 0,
): Promise<ReplayItem & { readonly tookMs: number }> {
  await Promise.resolve(fn()).catch(() => {})
  await new Promise(resolve => setTimeout(resolve, losersMs))
  await recorder.flush()
  change()
  const started = monotonicNow()
  const { items } = await replay(fn, { store, ...options })
  const [item] = items
  if (!item) throw new Error('nothing was replayed')
  return { ...item, tookMs: monotonicNow() - started }
}
