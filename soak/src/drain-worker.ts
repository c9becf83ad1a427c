// Sends what killed processes left in an outbox, and ends when it is empty.
import { setTimeout } from 'node:timers/promises'
import { sqliteOutbox } from '@runtape/store-sqlite'
import { recorderBehind } from './worker-recorder.ts'

const [, , path = '', target = '{}'] = process.argv
const outbox = sqliteOutbox(path)
const recorder = recorderBehind(path, JSON.parse(target), { warn: () => {} })
for (const deadline = Date.now() + 60_000; outbox.size() > 0; await setTimeout(20)) {
  if (Date.now() > deadline) throw new Error(`After 60 s ${outbox.size()} events still wait.`)
}
await recorder.close()
process.exit()
