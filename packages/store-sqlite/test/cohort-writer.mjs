// Adds all traces of the database to a cohort, which takes many transactions: cohort-writer.mjs <path> <cohort> [comment]
import { sqliteStore } from '../dist/index.js'

const [path, name, comment] = process.argv.slice(2)
const store = sqliteStore(path, { worker: false })
const { items } = await store.traces.list({ limit: 100_000 })

process.send('ready')
process.once('message', async () => {
  await store.cohorts.change(name, {
    put: items.map(({ traceId }) => ({ traceId })),
    by: 'writer',
    ...(comment && { comment }),
  })
  await store.close()
  process.send('done', () => process.disconnect())
})
