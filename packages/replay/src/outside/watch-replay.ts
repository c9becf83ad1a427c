import type { Logger } from '@runtape/core'
import { OutsideLog, warnSafely, watchOutside } from '@runtape/core/internal'
import type { OutsideCall, OutsideOption } from './outside-call.ts'

/** The known calls outside one replay. */
export interface ReplayWatch {
  calls(): readonly OutsideCall[]
  end(): void
}

/** Watches this process while a replay runs in it. */
export function watchReplay(option: OutsideOption = 'warn'): ReplayWatch {
  const rule = typeof option === 'string' ? { mode: option } : option
  const log = new OutsideLog()
  const end = watchOutside({
    mode: rule.mode,
    concerns: () => rule.concerns?.() ?? true,
    count: (call, refused) => log.add(call, refused),
  })
  return { calls: () => summed([...log.calls(), ...(rule.elsewhere?.() ?? [])]), end }
}

// Each item process may have made the same ones.
function summed(calls: readonly OutsideCall[]): readonly OutsideCall[] {
  const sum = new OutsideLog()
  for (const call of calls) sum.add(call, call.refused, call.count)
  return sum.calls()
}

/** Reports calls in a process shared with real traffic, for which the replay was not configured. */
export function warnOfOutside(
  logger: Logger,
  option: OutsideOption = 'warn',
  calls: readonly OutsideCall[],
): void {
  if (option !== 'warn' || calls.length === 0) return
  const names = calls.map(({ key, count }) => `'${key}' (${count})`).join(', ')
  warnSafely(
    logger,
    `While the replay ran, calls were made outside the replayed traces and ran for real: ${names}. They are real ` +
      'traffic, or belong to a queue, a listener or a worker of the replayed code, which a replay cannot see. ' +
      "If nothing else runs in this process, pass outside: 'refuse'.",
  )
}
