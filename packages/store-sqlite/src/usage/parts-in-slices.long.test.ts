import { DatabaseSync } from 'node:sqlite'
import type { RunEvent } from '@runtape/core'
import type { UsageQuery } from '@runtape/core/store'
import { readUsageQuery } from '@runtape/core/store-helpers'
import { memoryStore, runEvent, testTime } from '@runtape/testing'
import { expect, test } from 'vitest'
import { currentRevision } from '../history/revisions.ts'
import { openDatabase } from '../open.ts'
import type { Sliced } from '../reading/in-slices.ts'
import { RevisionView } from '../reading/revision-view.ts'
import { ReadTexts } from '../rows/earlier-runs.ts'
import { RecentEvents } from '../rows/recent-events.ts'
import { RunRows } from '../rows/run-rows.ts'
import { segmentRows } from '../rows/segment-size.ts'
import { sqliteStore } from '../sqlite-store.ts'
import { selectUsage } from '../usage.ts'
import { rowsOfAnswer } from './usage-answer.ts'

const call = (run: number, number: number, model: string): RunEvent =>
  runEvent({
    runId: `run-${run}`,
    at: testTime + run,
    metric: `call:${number}`,
    value: { status: 'success', durationMs: 1, usage: { input: 1, output: 1, total: 2 }, model },
  })

/** Two models in every run, so that its usage is in parts. */
const runsOf = (count: number) =>
  Array.from({ length: count }, (_, run) => [call(run, 1, 'first'), call(run, 2, 'second')]).flat()

/** The answer, with `between` called at each pause. */
async function answerOf<T>(work: Sliced<T>, between = async () => {}): Promise<T> {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    await between()
  }
}

const count = 2 * segmentRows

test.each<UsageQuery>([
  { groupBy: ['model'], where: '-tag:none' },
  { groupBy: ['model', 'config'], where: '-key:none' },
  { groupBy: ['model'] },
  { groupBy: ['day'] },
])(
  'a bill by %j over a batch of segments is as of one moment, whatever is written at its pauses',
  async query => {
    const handle = new DatabaseSync(':memory:')
    const [store, memory] = [sqliteStore(handle), memoryStore()]
    for (const each of [store, memory]) each.appendSync?.(runsOf(count))
    await store.runs.usage()
    const expected = await memory.runs.usage(query)
    const database = openDatabase(handle, 1000)
    const rows = new RunRows(database, new RecentEvents())
    await rows.catchUp()
    const source = { database, texts: new ReadTexts(rows.texts), segmentsAtOnce: 16 }
    const view = new RevisionView(database, currentRevision(database))
    let pauses = 0
    const bill = await answerOf(selectUsage(source, readUsageQuery(query), view), async () => {
      if (pauses++ % 8) return
      // A third model, in runs of each segment.
      for (const segment of [0, 1])
        store.appendSync([call(segment * segmentRows + (pauses % segmentRows), 3, 'third')])
      await store.revision()
    })
    expect(pauses).toBeGreaterThan(3)
    expect(await answerOf(rowsOfAnswer({ bill }))).toEqual(expected)
    await store.close()
  },
)
