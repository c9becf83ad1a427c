// Puts run events into an outbox in front of a store that never answers, reports each, and waits to be killed.
import { createRecorder } from '@runtape/recorder'
import { sqliteOutbox } from '@runtape/store-sqlite'
import { memoryStore, runEvent } from '@runtape/testing'

const [, , path = '', count = '0'] = process.argv
const remote = { ...memoryStore(), append: () => new Promise<never>(() => {}) }
delete (remote as { appendSync?: unknown }).appendSync
const recorder = createRecorder({ store: remote, outbox: sqliteOutbox(path), leaseMs: 300 })
for (let index = 0; index < Number(count); index++) {
  recorder.append(runEvent({ runId: `${process.pid}-${index}` }))
  process.stdout.write(`${process.pid}-${index}\n`)
}
setTimeout(() => process.exit(99), 10_000)
