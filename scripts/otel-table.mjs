// Writes what real programs emit into docs/opentelemetry.md: `npm run with -- node scripts/otel-table.mjs`.
import { readFileSync, writeFileSync } from 'node:fs'
import { observeAll, tableLines } from '../packages/otel/test/conventions/table.ts'
import { markedTable } from './lib/test-results.mjs'

const page = new URL('../docs/opentelemetry.md', import.meta.url)
writeFileSync(page, markedTable(readFileSync(page, 'utf8'), tableLines(await observeAll())))
