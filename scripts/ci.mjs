// The tests of continuous integration: all of them under the Node that the project is developed on, the fast part
// under the oldest and the newest that are supported. The last line adds them up: `N passed, N failed`.
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runShowing } from './lib/process.mjs'
import { addUp, closingLine, countsIn } from './lib/test-report.mjs'
import { fetchNode, nodeBinary, supportedNodes } from './lib/tools.mjs'

// What depends on Node: everything but the packages whose tests mostly start other processes, and what is not a package.
const FAST_PART = [
  'core',
  'testing',
  'tracker',
  'trace',
  'recorder',
  'store-sqlite',
  'openai',
  'bedrock',
  'otel',
  'client',
  'replay',
].map(name => `packages/${name}/`)

const root = fileURLToPath(new URL('..', import.meta.url))
const say = line => process.stderr.write(`${line}\n`)

const { oldest, developed, newest } = supportedNodes(process.platform, process.arch)
const runs = []
for (const [tool, filters] of [
  [developed, process.argv.slice(2)],
  [oldest, FAST_PART],
  [newest, FAST_PART],
]) {
  const counts = await testUnder(tool, filters).catch(error => countsIn(error.message, 1))
  console.log(`Node ${tool.version}: ${closingLine(counts)}`)
  runs.push(counts)
}
const { passed, failed } = addUp(runs)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function testUnder(tool, filters) {
  const isRunning = tool.version === process.versions.node
  if (!isRunning) await fetchNode(root, tool, say)
  say(`Testing under Node ${tool.version}: ${filters.length === 0 ? 'everything' : filters.join(' ')}`)
  const node = isRunning ? process.execPath : nodeBinary(root, tool, process.platform)
  const env = { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) }
  const { code, lastLine } = await runShowing(node, ['scripts/run-tests.mjs', ...filters], { cwd: root, env })
  return countsIn(lastLine, code)
}
