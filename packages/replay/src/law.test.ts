import { createRecorder } from '@runtape/recorder'
import { memoryStore } from '@runtape/testing'
import { createTracer } from '@runtape/trace'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Program, programs, runProgram } from '../test/random-program.ts'
import { replay } from './replay.ts'

// The law: an unchanged program replays identically.
describe('an unchanged program', () => {
  for (const mock of ['all', 'marked'] as const) {
    it(`replays identically under '${mock}', and runs nothing that is to be mocked`, async () => {
      await fc.assert(
        fc.asyncProperty(programs, program => holds(program, mock)),
        { numRuns: 150 },
      )
    })
  }
})

async function holds(program: Program, mock: 'all' | 'marked'): Promise<void> {
  const store = memoryStore()
  const recorder = createRecorder({ store, logger: { warn: () => {} } })
  const { root, ran } = runProgram(program, createTracer({ sink: recorder }))
  const recorded = await settle(root)
  await recorder.close()
  ran.length = 0
  const { items, summary } = await replay(root, { store, mock })
  const item = items[0]
  if (recorded.error === undefined)
    expect({ result: item?.result, error: item?.error }).toEqual({ ...recorded, error: null })
  else expect(item?.thrown).toEqual(recorded.error)
  expect(summary).toMatchObject({ same: 1, drifted: 0, missed: 0, unused: 0 })
  expect(mock === 'all' ? ran : ran.filter(name => name.startsWith('marked'))).toEqual([])
}

async function settle(run: () => Promise<unknown>): Promise<{ result?: unknown; error?: unknown }> {
  try {
    return { result: await run() }
  } catch (error) {
    return { error }
  }
}
