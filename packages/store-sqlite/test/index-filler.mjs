// Fills the index of search in its worker, concurrently with other processes, until it is stopped or killed.
import { sqliteStore } from '../dist/index.js'

const [path] = process.argv.slice(2)
const store = sqliteStore(path, { search: true, worker: true })
process.send('ready')
process.once('message', async () => {
  await store.close()
  process.disconnect()
})
