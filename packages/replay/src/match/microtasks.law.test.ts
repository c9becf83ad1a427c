import { isDeepStrictEqual } from 'node:util'
import { createRecorder } from '@runtape/recorder'
import { memoryStore } from '@runtape/testing'
import { createTracer } from '@runtape/trace'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Quick, quickProgram, quickPrograms } from '../../test/microtask-program.ts'
import { replay } from '../run/replay.ts'

async function problems(program: Quick, mock: 'all' | 'marked'): Promise<unknown[]> {
  const store = memoryStore()
  const recorder = createRecorder({ store, logger: { warn: () => {} } })
  const root = quickProgram(program, createTracer({ sink: recorder }))
  await root()
  await new Promise(resolve => setImmediate(resolve))
  await recorder.close()
  const { items, summary } = await replay(root, { store, mock })
  const [item] = items
  if (item?.error !== null || !isDeepStrictEqual(item.result, item.originalOutput))
    return [{ recorded: item?.originalOutput, now: item?.result, error: item?.error }]
  return summary.drifted + summary.missed + summary.unused > 0 ? [item.mocks] : []
}

// Within one round of microtasks, code that is not on the tape comes where it was queued, and an answered call that made
// others in memory where it was asked: these two alone may change places.
const isKnown = (program: Quick, mock: 'all' | 'marked') =>
  mock === 'marked' || !/group.*untraced|untraced.*group/.test(JSON.stringify(program))

// The law, for calls that take no time: in memory, answered within microtasks.
for (const mock of ['marked', 'all'] as const)
  it(`an unchanged program of microtasks replays identically under '${mock}'`, async () => {
    await fc.assert(
      fc.asyncProperty(quickPrograms, async program => {
        fc.pre(isKnown(program, mock))
        expect(await problems(program, mock)).toEqual([])
      }),
      { numRuns: 400 },
    )
  }, 300_000)
