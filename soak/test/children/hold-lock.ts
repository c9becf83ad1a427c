// Holds the write lock of an SQLite file until it receives a message.
import { DatabaseSync } from 'node:sqlite'

const database = new DatabaseSync(process.argv[2] ?? '')
database.exec('BEGIN EXCLUSIVE')
process.on('message', () => {
  database.exec('COMMIT')
  database.close()
  process.disconnect()
})
process.send?.('held')
