// Opens a file of an older version and brings its rows up to date: migrator.mjs <path>
import { sqliteStore } from '../dist/index.js'

const started = performance.now()
const store = sqliteStore(process.argv[2])
const openMs = performance.now() - started
const [row] = await store.runs.usage()
process.send({ openMs, runs: row.runs, seconds: (performance.now() - started) / 1000 }, async () => {
  await store.close()
  process.disconnect()
})
