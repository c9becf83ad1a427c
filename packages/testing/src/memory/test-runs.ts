import { RuntapeError, type Store, type TestRun } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import { pageOf, readListQuery } from '@runtape/core/store-helpers'
import { openTape, type Tape } from './tape.ts'
import { rootsOf } from './traces.ts'

/** The `testRuns` part of a memory store. */
export function testRunQueries(tape: Tape): Store['testRuns'] {
  return {
    start: async start => {
      const { testRunId = newRunId() } = start
      if (openTape(tape).testRuns.has(testRunId)) return { testRunId }
      const testRun: TestRun = { ...start, testRunId, status: 'running', startedAt: Date.now(), verdicts: {} }
      openTape(tape).testRuns.set(testRunId, structuredClone(testRun))
      return { testRunId }
    },
    complete: async (testRunId, status = 'completed') => {
      const testRun = knownTestRun(openTape(tape), testRunId)
      tape.testRuns.set(testRunId, { ...testRun, status, completedAt: Date.now() })
      const made = rootsOf(tape).filter(root => root.replay?.testRunId === testRunId)
      const traceIds = Object.fromEntries(made.map(root => [root.traceId, root.traceId]))
      return { traceIds, traceCount: made.length }
    },
    get: async testRunId => openTape(tape).testRuns.get(testRunId),
    list: async given => {
      const query = readListQuery(given)
      const arrivals = [...openTape(tape).testRuns.values()]
      const order = new Map(arrivals.map((testRun, index) => [testRun, String(index).padStart(9, '0')]))
      return pageOf(arrivals, testRun => [testRun.startedAt, order.get(testRun) ?? ''], query)
    },
    putVerdict: async (testRunId, traceId, verdict) => {
      const testRun = knownTestRun(openTape(tape), testRunId)
      tape.testRuns.set(testRunId, { ...testRun, verdicts: { ...testRun.verdicts, [traceId]: verdict } })
    },
  }
}

function knownTestRun(tape: Tape, testRunId: string): TestRun {
  const testRun = tape.testRuns.get(testRunId)
  if (testRun) return testRun
  throw new RuntapeError(
    'invalid-option',
    `This store has no test run "${testRunId}". Pass the testRunId that testRuns.start returned.`,
  )
}
