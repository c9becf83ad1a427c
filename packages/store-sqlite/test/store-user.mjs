// Opens a store with its worker, then writes, reads and lists until it receives a stop message.
import { setTimeout } from 'node:timers/promises'
import { runEvent, span } from '@runtape/testing'
import { sqliteStore } from '../dist/index.js'

const [path] = process.argv.slice(2)
const store = sqliteStore(path, { worker: true })
let isOver = false
process.once('message', () => {
  isOver = true
})
for (let turn = 0; !isOver; turn++) {
  await store.append([
    runEvent({ context: { kind: 'user', key: `user-${turn % 7}` } }),
    span({ tags: ['other'] }),
  ])
  await store.runs.usage({ groupBy: ['contextKey'] })
  await store.runs.list()
  await store.traces.list()
  if (turn === 5) process.send('at work')
  await setTimeout(2)
}
await store.close()
process.send('closed', () => process.disconnect())
