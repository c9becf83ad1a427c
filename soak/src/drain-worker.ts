// Sends what killed processes left in an outbox, and ends when it is empty.
import { setTimeout } from 'node:timers/promises'
import { createRecorder } from '@runtape/recorder'
import { sqliteOutbox } from '@runtape/store-sqlite'
import { remoteRecorderLimits, remoteStore } from './remote-store.ts'

const [, , path = '', remote = ''] = process.argv
const outbox = sqliteOutbox(path)
const logger = { warn: () => {} }
const recorder = createRecorder({ store: remoteStore(remote), outbox, logger, ...remoteRecorderLimits })
for (const deadline = Date.now() + 60_000; outbox.size() > 0; await setTimeout(20)) {
  if (Date.now() > deadline) throw new Error(`After 60 s ${outbox.size()} events still wait.`)
}
await recorder.close()
process.disconnect()
