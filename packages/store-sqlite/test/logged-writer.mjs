// Writes events until it is killed, and after each one notes in a log, flushed to the disk, that it was taken.
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
