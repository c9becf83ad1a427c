// Runs a provider's contract under the supported Nodes and writes the results into its README:
// `node scripts/bootstrap.mjs with node scripts/support-table.mjs openai`.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { markedTable, testResults } from './lib/test-results.mjs'

const VERSIONS = ['22.13.0', '24.21.0']
const root = fileURLToPath(new URL('..', import.meta.url))
const [name = 'openai'] = process.argv.slice(2)
const readme = join(root, 'packages', name, 'README.md')

const columns = []
for (const version of VERSIONS)
  columns.push(countBySdk(await testResults(root, version, [`packages/${name}/test/contract`])))
const byVersion = new Intl.Collator('en', { numeric: true }).compare
const sdks = Object.keys(columns[0]).sort(byVersion)
const rows = sdks.map(sdk => `| ${[sdk, ...columns.map(column => column[sdk])].join(' | ')} |`)
const head = ['promises kept', ...VERSIONS.map(version => `Node ${version}`)]
const lines = [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...rows]
writeFileSync(readme, markedTable(readFileSync(readme, 'utf8'), lines))
console.log(lines.join('\n'))

/** `{ 'openai 7.57.0': '70 of 70', … }`: by what is instrumented in each group of tests. */
function countBySdk(results) {
  const counts = {}
  for (const { ancestorTitles, status } of results) {
    const [, sdk] = /^(\S+ \d[^,]*), instrumented/.exec(ancestorTitles[0]) ?? []
    if (sdk === undefined) continue
    counts[sdk] ??= { held: 0, all: 0 }
    counts[sdk].all++
    if (status === 'passed') counts[sdk].held++
  }
  return Object.fromEntries(Object.entries(counts).map(([sdk, { held, all }]) => [sdk, `${held} of ${all}`]))
}
