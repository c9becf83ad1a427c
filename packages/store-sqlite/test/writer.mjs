// Writes the same events as the other processes, each with its own value, some singly and some in batches.
import { runEvent } from '@runtape/testing'
import { sqliteStore } from '../dist/index.js'

const [path, writer, count] = process.argv.slice(2)
const store = sqliteStore(path)
const events = Array.from({ length: Number(count) }, (_, index) =>
  runEvent({ runId: `run-${index}`, value: index % 2 ? index : Number(writer) }),
)

process.send('ready')
process.once('message', async () => {
  const receipts = events.slice(0, 100).map(event => store.appendSync([event]))
  receipts.push(store.appendSync(events.slice(100, 300)))
  receipts.push(await store.append(events.slice(300)))
  await store.close()
  process.send(receipts, () => process.disconnect())
})
