// Sends events that conflict with those of the database, without end: conflicting-writer.mjs <path> <name>
import { runEvent } from '@runtape/testing'
import { sqliteStore } from '../dist/index.js'

const [path, name] = process.argv.slice(2)
const store = sqliteStore(path, { worker: false })
process.send('ready')
for (let index = 0; ; index++) {
  const { conflicts } = await store.append([
    runEvent({ runId: `run-${index}`, value: 1000 }),
    // The value of the other writer is another conflict.
    runEvent({ runId: `run-${index}`, value: name === 'one' ? 2000 : 3000 }),
    // Sent by both: one conflict.
    runEvent({ runId: `run-${index}`, value: 4000 }),
    runEvent({ runId: `${name}-${index}`, at: 5 }),
  ])
  process.send(conflicts)
}
