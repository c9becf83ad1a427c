// Reads usage, which brings the rows of runs up to date, and is killed once they include a given number of events.
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from '../dist/index.js'

const [path, events] = process.argv.slice(2)
const store = sqliteStore(path)
const eye = new DatabaseSync(path)
const killWhenThere = () => {
  if (eye.prepare('SELECT event_id FROM run_state').get().event_id >= Number(events))
    process.kill(process.pid, 'SIGKILL')
  setImmediate(killWhenThere)
}
killWhenThere()
await store.runs.usage()
