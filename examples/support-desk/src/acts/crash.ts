import '../fail-plainly.ts'
import { randomInt } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { RunEvent } from '@runtape/core'
import { readAuditLog } from '../audit-log.ts'
import { ended, startChild } from '../child.ts'
import { store } from '../runtape.ts'
import { settings } from '../settings.ts'
import { table } from '../terminal/table.ts'

const log = join(settings.folder, 'crash-audit.ndjson')
const killAfter = randomInt(60, 140)

rmSync(log, { force: true })
const first = startBatch()
while (first.exitCode === null && readAuditLog(log).length < killAfter) await pause(2)
first.kill('SIGKILL')
const { signal } = await ended(first)
if (signal !== 'SIGKILL') throw new Error('The batch ended before it could be killed. See its message above.')
const before = readAuditLog(log)
console.log(
  `  Killed process ${first.pid} with SIGKILL after ${before.length} events, ${cutOff(before)} runs in the middle.`,
)

const second = startBatch()
const { code } = await ended(second)
if (code !== 0) throw new Error('The second process of the batch failed. See its message above.')
console.log(`  Process ${second.pid} sent all ${before.length} again, then finished the batch.\n`)

const sent = readAuditLog(log)
const told = firstByIdentity(sent)
const runIds = [...new Set(sent.map(event => event.runId))]
const kept = (await Promise.all(runIds.map(runId => store.runs.get(runId)))).flatMap(run => run?.events ?? [])
const stored = firstByIdentity(kept)
const lost = [...told].filter(
  ([identity, { value }]) => !isDeepStrictEqual(stored.get(identity)?.value, value),
)
const headings = ['runs', 'events sent', 'events recorded', 'lost', 'doubled']
console.log(
  table(headings, [[runIds.length, sent.length, kept.length, lost.length, kept.length - stored.size]]),
)
await store.close()

function startBatch() {
  return startChild('acts/crash-batch.ts', { env: { SUPPORT_DESK_AUDIT_LOG: log } })
}

/** Runs that have events but no outcome. */
function cutOff(events: readonly RunEvent[]): number {
  const ended = new Set(events.filter(({ metric }) => metric === 'outcome').map(({ runId }) => runId))
  return new Set(events.map(({ runId }) => runId).filter(runId => !ended.has(runId))).size
}

function firstByIdentity(events: readonly RunEvent[]): Map<string, RunEvent> {
  const byIdentity = events.map(event => [JSON.stringify([event.runId, event.metric]), event] as const)
  return new Map(byIdentity.toReversed())
}
