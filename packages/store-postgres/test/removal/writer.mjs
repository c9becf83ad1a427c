// Appends runs one after another until it is told to end, and prints how many were acknowledged and the longest append:
// writer.mjs ADDRESS SCHEMA NAME

import { postgresStore } from '@runtape/store-postgres'
import { runEvent, span } from '@runtape/testing'

const [connectionString, schema, name] = process.argv.slice(2)
const store = postgresStore({ connectionString, schema, maxConnections: 2 })
let isOver = false
process.stdin.once('data', () => {
  isOver = true
})
let [runs, longestMs] = [0, 0]
await store.revision()
process.stdout.write('ready\n')
while (!isOver) {
  const records = Array.from({ length: 10 }, () => recordsOf(`${name}-${runs++}`)).flat()
  const start = performance.now()
  const { accepted } = await store.append(records)
  longestMs = Math.max(longestMs, performance.now() - start)
  if (accepted !== records.length) throw new Error(`accepted ${accepted} of ${records.length}`)
}
process.stdout.write(`${JSON.stringify({ runs, longestMs })}\n`)
await store.close()
process.stdin.destroy()

function recordsOf(runId) {
  const at = Date.now()
  return [
    runEvent({ runId, at, metric: 'duration', value: 1 }),
    runEvent({ runId, at, metric: 'outcome', value: { status: 'success' } }),
    span({ runId, startedAt: at }),
  ]
}
