// Adds all traces of the database to a cohort, which takes many transactions.
import { sqliteStore } from '../dist/index.js'

const [path, name] = process.argv.slice(2)
const store = sqliteStore(path, { worker: false })
const { items } = await store.traces.list({ limit: 100_000 })

process.send('ready')
process.once('message', async () => {
  await store.cohorts.change(name, { put: items.map(({ traceId }) => ({ traceId })), by: 'writer' })
  await store.close()
  process.send('done', () => process.disconnect())
})
