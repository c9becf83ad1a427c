// Runs a provider's contract under the supported Nodes and writes the results into its README:
// `node scripts/bootstrap.mjs with node scripts/support-table.mjs openai`.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { capture } from './lib/process.mjs'
import { fetchNode, nodeBinary, nodeCarrier } from './lib/tools.mjs'

const VERSIONS = ['22.13.0', '24.21.0']
const root = fileURLToPath(new URL('..', import.meta.url))
const [name = 'openai'] = process.argv.slice(2)
const readme = join(root, 'packages', name, 'README.md')
const table = /(<!-- support -->\n)[\s\S]*?(<!-- \/support -->)/

const columns = []
for (const version of VERSIONS) columns.push(await resultsUnder(version))
const byVersion = new Intl.Collator('en', { numeric: true }).compare
const sdks = Object.keys(columns[0]).sort(byVersion)
const rows = sdks.map(sdk => `| ${[sdk, ...columns.map(column => column[sdk])].join(' | ')} |`)
const head = ['promises kept', ...VERSIONS.map(version => `Node ${version}`)]
const lines = [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...rows]
const text = readFileSync(readme, 'utf8')
if (!table.test(text)) throw new Error(`${readme} has no <!-- support --> … <!-- /support --> to write into.`)
writeFileSync(readme, text.replace(table, `$1${lines.join('\n')}\n$2`))
console.log(lines.join('\n'))

/** `{ 'openai 7.57.0': '70 of 70', … }`: by what is instrumented in each group of tests. */
async function resultsUnder(version) {
  const tool = { ...nodeCarrier(process.platform, process.arch), version }
  await fetchNode(root, tool, line => process.stderr.write(`${line}\n`))
  const node = nodeBinary(root, tool, process.platform)
  const folder = mkdtempSync(join(tmpdir(), 'runtape-support-'))
  const outputFile = join(folder, 'results.json')
  const env = { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) }
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const tests = `packages/${name}/test/contract`
  const args = [vitest, 'run', tests, '--reporter=json', `--outputFile=${outputFile}`]
  const { output } = await capture(node, args, { cwd: root, env })
  try {
    return countBySdk(JSON.parse(readFileSync(outputFile, 'utf8')))
  } catch (cause) {
    throw new Error(`The contract could not be run under Node ${version}:\n${output}`, { cause })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function countBySdk({ testResults }) {
  const counts = {}
  for (const { ancestorTitles, status } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
    const [, sdk] = /^(\S+ \d[^,]*), instrumented/.exec(ancestorTitles[0]) ?? []
    if (sdk === undefined) continue
    counts[sdk] ??= { held: 0, all: 0 }
    counts[sdk].all++
    if (status === 'passed') counts[sdk].held++
  }
  return Object.fromEntries(Object.entries(counts).map(([sdk, { held, all }]) => [sdk, `${held} of ${all}`]))
}
