// Changes a store in random ways: node random-writer.mjs <address> <schema> <seed> <steps>
// Prints the id of each trace before it is written. Ends by itself.
import { postgresStore } from '@runtape/store-postgres'
import { RandomWork } from '../../testing/src/contract/history/random-work.ts'

const [connectionString, schema, seed, steps] = process.argv.slice(2)
const store = postgresStore({ connectionString, schema, maxConnections: 2 })

/** What two writers may refuse each other. */
const refusals = ['invalid-option', 'version-conflict', 'store-unusable']

const work = new RandomWork(
  {
    ...store,
    append: async records => {
      for (const { kind, traceId } of records) if (kind === 'span') process.stdout.write(`trace ${traceId}\n`)
      return store.append(records)
    },
  },
  Number(seed),
)
for (let left = Number(steps); left > 0; left--)
  try {
    await work.step()
  } catch (error) {
    if (!refusals.includes(error.code)) throw error
    process.stdout.write(`refused ${error.code} ${error.message.slice(0, 200)}\n`)
  }
await store.close()
