import { createRecorder } from '@runtape/recorder'
import { memoryStore } from '@runtape/testing'
import { configureTracing, createTracer } from '@runtape/trace'
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

describe('a changed program', () => {
  it("meets a call that is not on the tape with an error, and with the real code under onMiss: 'run'", async () => {
    const store = memoryStore()
    const recorder = createRecorder({ store })
    configureTracing({ sink: recorder })
    let calls = ['a', 'b']
    const ran: string[] = []
    const tracer = createTracer({ sink: recorder })
    const child = tracer.traced('child', { mockOnReplay: true }, async (name: string) => {
      ran.push(name)
      return name
    })
    const root = tracer.traced('root', async () => Promise.all(calls.map(name => child(name))))
    await root()
    await recorder.flush()
    calls = ['a', 'b', 'c']
    ran.length = 0

    const failed = await replay(root, { store, mock: 'marked' })
    expect(failed.items[0]?.error).toContain("Nothing on the tape answers this call of 'child'")
    expect(failed.summary).toMatchObject({ served: 2, missed: 1, drifted: 0, unused: 0, failed: 1 })
    expect(ran).toEqual([])

    const run = await replay(root, { store, mock: 'marked', onMiss: 'run' })
    expect(run.items[0]?.result).toEqual(['a', 'b', 'c'])
    expect(ran).toEqual(['c'])
  })

  it('reports a changed input as drift and a call left out as unused', async () => {
    const store = memoryStore()
    const recorder = createRecorder({ store })
    let calls = ['a', 'b', 'c']
    const tracer = createTracer({ sink: recorder })
    const child = tracer.traced('child', async (name: string) => name)
    const root = tracer.traced('root', async () => Promise.all(calls.map(name => child(name))))
    await root()
    await recorder.flush()
    calls = ['c', 'z']
    const report = await replay(root, { store, mock: 'all' })
    expect(report.items[0]?.result).toEqual(['c', 'a'])
    expect(report.summary).toMatchObject({ served: 1, drifted: 1, missed: 0, unused: 1 })
  })
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
  expect(summary).toMatchObject({ drifted: 0, missed: 0, unused: 0 })
  expect(mock === 'all' ? ran : ran.filter(name => name.startsWith('marked'))).toEqual([])
}

async function settle(run: () => Promise<unknown>): Promise<{ result?: unknown; error?: unknown }> {
  try {
    return { result: await run() }
  } catch (error) {
    return { error }
  }
}
