// Removes something in a process of its own, which a test may kill: remover.mjs ADDRESS SCHEMA 'prune'|'erase' ARGUMENTS
import { postgresStore } from '@runtape/store-postgres'

const [connectionString, schema, method, given] = process.argv.slice(2)
const store = postgresStore({ connectionString, schema, maxConnections: 3 })
await store.revision()
process.stdout.write('ready\n')
const receipt = await store[method](...JSON.parse(given))
process.stdout.write(`${JSON.stringify(receipt)}\n`)
await store.close()
