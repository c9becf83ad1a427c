// Resumes tokens and races for every metric of their runs, until it has gone through all of them or is killed.
import { readFileSync } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { createClient } from '@runtape/client'
import type { Sink } from '@runtape/core'
import { resumeTracker, type Tracker } from '@runtape/tracker'
import { acknowledgesEarly } from './faults.ts'
import { type Race, racesFor } from './races.ts'
import { Random } from './random.ts'
import { SideLog, sharedNow } from './side-log.ts'
import { workerRecorder } from './worker-recorder.ts'
import type { WorkerSettings } from './worker-settings.ts'

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings
const { passes, life, fault } = settings
const tokens = JSON.parse(readFileSync(settings.tokens, 'utf8')) as readonly string[]
const random = new Random(settings.seed + life)
const log = new SideLog(settings.sideLog)

/** Writing to the side log holds up the process for longer than a server takes to answer. */
const pauseMs = 60

let heard: string[] = []
const logger = {
  warn: (message: string) => {
    heard.push(message)
    if (!isConflict(message)) log.write({ what: 'warning', message })
  },
}
const recorder = workerRecorder(settings, logger)
const sink: Sink = fault === 'acknowledges-early' ? acknowledgesEarly(recorder) : recorder
const client = createClient({ flags: { evaluate: async () => ({ value: {} }) }, sink, logger })

let front = settings.startAt
process.on('message', (message: number) => {
  front = message
})
// No worker continues without its parent.
process.once('disconnect', () => process.exit())
const end = passes * tokens.length
for (let at = settings.startAt; at < end; at = Math.max(at + 1, front - 2)) {
  process.send?.(at)
  raceFor(at)
  // The only point at which messages arrive and waiting records are sent. A transaction takes several turns.
  await (settings.postgres || settings.served ? setTimeout(pauseMs) : setImmediate())
}
await recorder.close()
process.disconnect()

function raceFor(at: number): void {
  const token = at % tokens.length
  const attempt = life * passes + Math.floor(at / tokens.length)
  const tracker = resume(tokens[token] ?? '')
  // Every fourth in the same order, so that the processes meet at the same slots.
  const races = racesFor(token, attempt)
  for (const race of token % 4 < 2 ? races : random.shuffled(races)) tryFor(tracker, race)
}

function resume(token: string): Tracker {
  const context = { kind: 'user', key: 'user-1' }
  return life % 2 === 0
    ? client.createTracker({ token, context })
    : resumeTracker({ token, context, sink, logger })
}

function tryFor(tracker: Tracker, { metric, value, track }: Race): void {
  heard = []
  log.write({ what: 'try', runId: tracker.runId, metric, value, at: sharedNow() })
  const recorded = track(tracker)
  const at = sharedNow() + 1
  const subject = `${metric} of run ${tracker.runId} `
  const conflict = heard.some(message => isConflict(message) && message.startsWith(subject))
  log.keep({
    what: 'returned',
    recorded,
    conflict: conflict && fault !== 'conflicts-in-silence',
    at,
  })
}

function isConflict(message: string): boolean {
  return message.includes('is already recorded with another value')
}
