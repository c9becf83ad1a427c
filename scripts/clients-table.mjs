// Runs the tests of clients that exist, against the real server, and writes what arrives and what is lost into
// docs/clients.md: `npm run with -- node scripts/clients-table.mjs`. It takes some minutes.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clientTable, clientTests, listTests } from './lib/client-table.mjs'
import { markedTable, testResults } from './lib/test-results.mjs'
import { supportedNodes } from './lib/tools.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = join(root, 'docs', 'clients.md')
const { developed } = supportedNodes(process.platform, process.arch)

const files = clientTests(root)
const results = files.length === 0 ? [] : await testResults(root, developed.version, files)
const lines = clientTable(results)
// A file that cannot be loaded has no results.
if (lines.join() !== clientTable(files.length === 0 ? [] : await listTests(root, files)).join())
  throw new Error('Some tests of clients did not run. Build, then run them: vitest run -t client:')
writeFileSync(page, markedTable(readFileSync(page, 'utf8'), lines))
console.log(lines.join('\n'))
