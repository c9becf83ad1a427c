// Adds texts for `search` concurrently with another process, until all are included or it is killed.
import { sqliteStore } from '../dist/index.js'

const [path] = process.argv.slice(2)
const store = sqliteStore(path, { search: true, worker: false })
process.send('ready')
process.once('message', async () => {
  const { completeTo, items } = await store.search({ text: 'needle', limit: 10_000 })
  const isComplete = completeTo === (await store.revision())
  await store.close()
  process.send({ isComplete, found: items.length }, () => process.disconnect())
})
