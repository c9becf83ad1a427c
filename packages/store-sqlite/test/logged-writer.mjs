// Writes events until it is killed. After each accepted event, adds it to a log and flushes that to disk.
import { fsyncSync, openSync, writeSync } from 'node:fs'
import { runEvent } from '@runtape/testing'
import { sqliteStore } from '../dist/index.js'

const [path, logPath, name] = process.argv.slice(2)
const store = sqliteStore(path)
const log = openSync(logPath, 'a')
for (let index = 0; ; index++) {
  const runId = `${name}-${index}`
  store.appendSync([runEvent({ runId, value: index })])
  writeSync(log, `${runId}\n`)
  fsyncSync(log)
}
