import { type TestRunHost, TestRunMemory, tombstoneOf } from '@runtape/core/store-helpers'
import { revisionAt } from './revisions.ts'
import { arrive, openTape, type Tape } from './traces/tape.ts'
import { rootsOf } from './traces/traces.ts'

/** The `testRuns` part of a memory store. */
export function testRunsOf(tape: Tape): TestRunMemory {
  const host: TestRunHost = {
    arrive: changed => arrive(openTape(tape), changed).revision,
    revisionAt: asOf => revisionAt(openTape(tape), asOf),
    madeBy: testRunId =>
      rootsOf(tape).flatMap(root => (root.replay?.testRunId === testRunId ? [root.traceId] : [])),
    isErased: traceId => tape.tombstones.has(tombstoneOf('trace', traceId)),
  }
  return new TestRunMemory(host)
}
