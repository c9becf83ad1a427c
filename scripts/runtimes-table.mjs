// Writes the set-ups that tests/runtimes/set-ups.long.test.ts runs into docs/runtimes.md:
// `npm run with -- node scripts/runtimes-table.mjs`.
import { readFileSync, writeFileSync } from 'node:fs'
import { setUpTable } from '../tests/runtimes/set-ups/all.ts'
import { markedTable } from './lib/test-results.mjs'

const page = new URL('../docs/runtimes.md', import.meta.url)
writeFileSync(page, markedTable(readFileSync(page, 'utf8'), setUpTable()))
