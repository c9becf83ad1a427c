// Writes a run every few milliseconds until it is stopped: steady-writer.mjs <path> <old|new> <name>
// `old` writes like a process of the first version that opened the file before its migration.
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { runEvent } from '@runtape/testing'
import { sqliteStore } from '../dist/index.js'

const [path, version, name] = process.argv.slice(2)
const write = version === 'old' ? oldWriter() : newWriter()
const errors = []
let [runs, longestMs, isOver] = [0, 0, false]
const started = performance.now()
process.once('message', () => {
  isOver = true
})
process.send('ready')
while (!isOver) {
  const since = performance.now()
  try {
    write(`${name}-${runs}`)
    runs++
  } catch (error) {
    errors.push(String(error))
  }
  longestMs = Math.max(longestMs, performance.now() - since)
  await setTimeout(3)
}
process.send({ runs, longestMs, errors, seconds: (performance.now() - started) / 1000 }, () => process.exit())

function oldWriter() {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA synchronous = NORMAL')
  const insert =
    database.prepare(`INSERT INTO run_events (run_id, metric, at, config_key, variation_key, version,
    model_name, provider_name, milliseconds, value_json) VALUES (?, ?, ?, 'c', 'v', 1, 'm', 'p', ?, ?)
    ON CONFLICT DO NOTHING`)
  return runId => {
    insert.run(runId, 'duration', Date.now(), 5, '5')
    insert.run(runId, 'outcome', Date.now(), null, '{"status":"success"}')
  }
}

function newWriter() {
  const store = sqliteStore(path)
  return runId => {
    store.appendSync([runEvent({ runId, metric: 'duration', value: 5, at: Date.now() })])
    store.appendSync([runEvent({ runId, metric: 'outcome', value: { status: 'success' }, at: Date.now() })])
  }
}
