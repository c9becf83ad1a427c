import type { RunEvent } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import { runEvent } from '@runtape/testing'

const start = Date.UTC(2026, 0, 1)

/** Events of new runs, of 2,000 customers: a call with tokens and cost, a duration, for every second run an outcome. */
export function batchOf(size: number, first: number): RunEvent[] {
  const events: RunEvent[] = []
  for (let n = first; events.length < size; n++) events.push(...eventsOf(n))
  return events.slice(0, size)
}

function eventsOf(n: number): RunEvent[] {
  const input = 812 + (n % 3000)
  const of = {
    ...{ runId: newRunId(), at: start + n * 1000, configKey: `config-${n % 3}`, modelName: `model-${n % 4}` },
    context: { kind: 'user', key: `user-${(n * 7919) % 2000}` },
  }
  const usage = { input, output: 164, total: input + 164 }
  const call = { status: 'success', durationMs: 812, usage } as const
  const cost = { nanoUsd: 9 + ((n * 104_729) % 90_000), priceList: 'a@1' }
  const events = [
    runEvent({ ...of, metric: 'call:1', value: call, cost }),
    runEvent({ ...of, metric: 'duration', value: 812.5 + ((n * 7919) % 5000) }),
  ]
  return n % 2 ? events : [...events, runEvent({ ...of, metric: 'outcome', value: { status: 'success' } })]
}
