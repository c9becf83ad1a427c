// Writes a database of version 1: make-old-file.mjs <path> <runs>
import { applicationId, migrations } from '../src/schema.ts'
import { writeOldRuns } from './old-runs.mjs'

const [path, runs] = process.argv.slice(2)
const firstAt = Date.UTC(2026, 0, 1)
writeOldRuns(path, { schema: migrations[0], applicationId, runs: Number(runs), firstAt })
