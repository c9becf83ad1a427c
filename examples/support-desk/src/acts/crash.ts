import '../fail-plainly.ts'
import { randomInt } from 'node:crypto'
import { rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { RunEvent } from '@runtape/core'
import { readAuditLog } from '../audit-log.ts'
import { ended, startChild } from '../child.ts'
import { store } from '../runtape.ts'
import { settings } from '../settings.ts'
import { clearProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { compareWithStore } from './compare-with-store.ts'

const log = settings.crashLog
const killAfter = randomInt(60, 140)

rmSync(log, { force: true })
const first = startBatch()
while (first.exitCode === null && readAuditLog(log).length < killAfter) await pause(2)
first.kill('SIGKILL')
const { signal } = await ended(first)
clearProgress()
if (signal !== 'SIGKILL') throw new Error('The batch ended before it could be killed. See its message above.')
const had = readAuditLog(log)
console.log(
  `  Process ${first.pid} was killed by SIGKILL after ${had.length} events, in the middle of ${openRuns(had)} runs.`,
)

const second = startBatch()
const { code } = await ended(second)
if (code !== 0) throw new Error('The second process of the batch failed. See its message above.')
console.log(`  Process ${second.pid} sent all ${had.length} again, then finished the batch.\n`)

const { runs, sent, recorded, lost, doubled } = await compareWithStore(readAuditLog(log), store.runs)
const headings = ['runs', 'events sent', 'events recorded', 'lost', 'doubled']
console.log(table(headings, [[runs, sent, recorded, lost, doubled]]))
if (lost > 0 || doubled > 0) process.exitCode = 1
await store.close()

function startBatch() {
  return startChild('acts/crash-batch.ts', { env: { SUPPORT_DESK_AUDIT_LOG: log } })
}

/** How many runs have events but no outcome. */
function openRuns(events: readonly RunEvent[]): number {
  const over = new Set(events.filter(({ metric }) => metric === 'outcome').map(({ runId }) => runId))
  return new Set(events.map(({ runId }) => runId).filter(runId => !over.has(runId))).size
}
