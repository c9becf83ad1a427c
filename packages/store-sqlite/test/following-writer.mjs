// Writes an event every millisecond until it receives a stop message, and reports which were accepted.
import { setTimeout } from 'node:timers/promises'
import { runEvent } from '@runtape/testing'
import { sqliteStore } from '../dist/index.js'

const [path, name] = process.argv.slice(2)
process.emitWarning = () => {}
const store = sqliteStore(path)
const acknowledged = []
let isOver = false
process.once('message', () => {
  isOver = true
})
process.send('ready')
for (let index = 0; !isOver; index++) {
  const runId = `${name}-${index}`
  try {
    store.appendSync([runEvent({ runId })])
    acknowledged.push([runId, Date.now()])
  } catch (error) {
    if (error.code !== 'store-unusable') throw error
  }
  await setTimeout(1)
}
await store.close()
process.send(acknowledged, () => process.disconnect())
