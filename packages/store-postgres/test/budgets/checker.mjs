// Checks budgets until its input ends, and prints the name and number of each crossing that it gets:
// checker.mjs ADDRESS SCHEMA
import { writeSync } from 'node:fs'
import { postgresStore } from '@runtape/store-postgres'

const [connectionString, schema] = process.argv.slice(2)
const store = postgresStore({ connectionString, schema, maxConnections: 2 })
let isOver = false
process.stdin.on('end', () => {
  isOver = true
})
process.stdin.resume()
while (!isOver)
  for (const { budget, level, number } of await store.budgets.check())
    writeSync(1, `${budget.name} ${level} #${number}\n`)
await store.close()
