import { isDeepStrictEqual } from 'node:util'
import { createRecorder } from '@runtape/recorder'
import { memoryStore } from '@runtape/testing'
import { createTracer } from '@runtape/trace'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inFakeTime } from '../../test/fake-time.ts'
import { type Timed, timedProgram, timedPrograms } from '../../test/timed-program.ts'
import { replay } from '../run/replay.ts'

async function problems(program: Timed, mock: 'all' | 'marked'): Promise<unknown[]> {
  const store = memoryStore()
  const recorder = createRecorder({ store, logger: { warn: () => {} } })
  const root = timedProgram(program, createTracer({ sink: recorder }))
  // Until also what lost a race is on the tape.
  await inFakeTime(root, Number.POSITIVE_INFINITY)
  await recorder.close()
  const { items, summary } = await replay(root, { store, mock })
  const [item] = items
  if (item?.error !== null || !isDeepStrictEqual(item.result, item.originalOutput))
    return [{ recorded: item?.originalOutput, now: item?.result, error: item?.error }]
  return summary.drifted + summary.missed + summary.unused > 0 ? [item.mocks] : []
}

// The law, with time in it: what comes first in an unchanged program, a timer or an answer, is what came first.
for (const mock of ['marked', 'all'] as const)
  test(`an unchanged program with timers replays identically under '${mock}'`, async () => {
    await fc.assert(
      fc.asyncProperty(timedPrograms, async program => {
        expect(await problems(program, mock)).toEqual([])
      }),
      { numRuns: 200 },
    )
  }, 300_000)
