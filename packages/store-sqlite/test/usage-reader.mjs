// Asks for usage, which brings the rows of runs up to date, and says when it has it.
import { sqliteStore } from '../dist/index.js'

const store = sqliteStore(process.argv[2])
process.send('ready')
await store.runs.usage()
process.send('done')
