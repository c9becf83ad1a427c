import type { MetricValue, RunEvent } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import { runEvent } from '../../records.ts'

/** The events of one run. */
export function runWith(
  metrics: Readonly<Record<string, MetricValue>>,
  fields: Parameters<typeof runEvent>[0] = {},
): RunEvent[] {
  const runId = newRunId()
  return Object.entries(metrics).map(([metric, value]) =>
    runEvent({ ...fields, runId, metric: metric as RunEvent['metric'], value }),
  )
}

export const tokens = (input: number, output: number) => ({ input, output, total: input + output })

export const call = (input: number, output: number) =>
  ({ status: 'success', durationMs: 5, usage: tokens(input, output) }) as const
