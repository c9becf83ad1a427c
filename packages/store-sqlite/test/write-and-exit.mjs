// Writes, removes its database, writes again, and exits immediately.
import { rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { runEvent } from '@runtape/testing'
import { sqliteStore } from '../dist/index.js'

const [path] = process.argv.slice(2)
process.emitWarning = () => {}
const store = sqliteStore(path)
store.appendSync([runEvent({ runId: 'before' })])
await setTimeout(200)
store.appendSync([runEvent({ runId: 'seen' })])
rmSync(path)
const acknowledged = ['seen']
for (let index = 0; index < 20; index++) {
  store.appendSync([runEvent({ runId: `after-${index}` })])
  acknowledged.push(`after-${index}`)
}
process.send(acknowledged, () => process.exit())
