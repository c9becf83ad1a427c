// Keeps a read transaction open until it receives a stop message.
import { DatabaseSync } from 'node:sqlite'

const database = new DatabaseSync(process.argv[2])
database.exec('BEGIN')
database.prepare('SELECT count(*) FROM run_events').get()
process.send('reading')
process.once('message', () => {
  database.exec('COMMIT')
  database.close()
  process.send('done', () => process.disconnect())
})
