// The cost of a tracked metric until it is on disk: tracker, recorder and store together, over a bare prepared INSERT of
// the same row.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunEvent } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent } from '@runtape/testing'
import { createTracker, type Tracker } from '@runtape/tracker'
import { bareInsert } from './bare-insert.ts'
import { measure } from './measure.ts'

const directory = mkdtempSync(join(tmpdir(), 'runtape-bench-'))
const usage = { input: 812, output: 164, total: 976 }
const template = runEvent({ metric: 'tokens', value: usage })
const { configKey, variationKey, version, modelName, providerName, context } = template
const facts = { configKey, variationKey, version, modelName, providerName, ...(context && { context }) }

const { insert } = await bareInsert(join(directory, 'floor.db'), template)
const recorder = createRecorder({ store: sqliteStore(join(directory, 'subject.db')) })

/** The same four events of a new run, both ways. */
function bareRun(): void {
  const event = { runId: newRunId(), at: Date.now() }
  const metrics: RunEvent['metric'][] = ['duration', 'time-to-first-token', 'tokens', 'outcome']
  for (const metric of metrics) insert({ ...event, metric })
}

function trackedRun(): void {
  const tracker: Tracker = createTracker({ sink: recorder, ...facts })
  tracker.trackDuration(1200)
  tracker.trackTimeToFirstToken(300)
  tracker.trackTokens(usage)
  tracker.trackSuccess()
}

await measure('recorder: a run of four metrics, on disk', bareRun, trackedRun)
await recorder.close()
rmSync(directory, { recursive: true })
