// Appends traces with needles, and adds texts for searches: node searching-writer.mjs <address> <schema> <count>
// Prints the id of each trace that was accepted. Ends by itself.
import { postgresStore } from '@runtape/store-postgres'
import { span } from '@runtape/testing'

const [connectionString, schema, count] = process.argv.slice(2)
const store = postgresStore({ connectionString, schema, maxConnections: 2, search: true })
for (let left = Number(count); left > 0; left--) {
  const root = span({
    startedAt: Date.now(),
    input: { json: JSON.stringify(`needle of ${process.pid}, ${left}`) },
  })
  await store.append([root])
  process.stdout.write(`${root.traceId}\n`)
  if (left % 10 === 0) await store.search({ text: 'needle', limit: 5 })
}
await store.close()
