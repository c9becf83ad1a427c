// The tests of continuous integration: all of them under the Node that the project is developed on, the fast part
// under the oldest and the newest that are supported. Ends with what failed under each, so that the tail of a log says
// it, and a last line that adds them up: `N passed, N failed`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FAILURES_FILE, failuresHandedOn } from './lib/failures.mjs'
import { runShowing } from './lib/process.mjs'
import { addUp, closingLine, countsIn } from './lib/test-report.mjs'
import { fetchNode, nodeBinary, supportedNodes } from './lib/tools.mjs'

// The tests that depend on Node, without packages whose tests mostly start other processes.
const FAST_PART = [
  'core',
  'testing',
  'tracker',
  'trace',
  'recorder',
  'store-sqlite',
  'provider',
  'openai',
  'anthropic',
  'google',
  'bedrock',
  'ai-sdk',
  'otel',
  'client',
  'replay',
].map(name => `packages/${name}/`)

/** The file in which .ci/run, which runs the checks first, writes their failures. */
const FAILED_CHECKS = 'RUNTAPE_FAILED_CHECKS'

const root = fileURLToPath(new URL('..', import.meta.url))
const say = line => process.stderr.write(`${line}\n`)

const { oldest, developed, newest } = supportedNodes(process.platform, process.arch)
const scratch = mkdtempSync(join(tmpdir(), 'runtape-ci-'))
const runs = []
const failures = []
for (const [tool, filters] of [
  [developed, ['--all', ...process.argv.slice(2)]],
  [oldest, FAST_PART],
  [newest, FAST_PART],
]) {
  const end = await testUnder(tool, filters).catch(error => ({ code: 1, lastLine: error.message }))
  const counts = countsIn(end.lastLine, end.code)
  const line = `Node ${tool.version}: ${closingLine(counts)}`
  console.log(line)
  runs.push(counts)
  const ended = `the run ended with exit code ${end.code}: ${end.lastLine}`
  failures.push(line, ...failuresHandedOn(failuresFile(tool), counts, ended))
}
rmSync(scratch, { recursive: true, force: true })
const { passed, failed } = addUp(runs)
const { [FAILED_CHECKS]: failedChecks } = process.env
if (failedChecks) console.log(failedChecks)
for (const line of failed === 0 ? [] : failures) console.log(line)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

async function testUnder(tool, filters) {
  const isRunning = tool.version === process.versions.node
  if (!isRunning) await fetchNode(root, tool, say)
  say(`Testing under Node ${tool.version}: ${filters.join(' ')}`)
  const node = isRunning ? process.execPath : nodeBinary(root, tool, process.platform)
  const path = [dirname(node), process.env.PATH].join(delimiter)
  const env = { ...process.env, PATH: path, [FAILURES_FILE]: failuresFile(tool) }
  return runShowing(node, ['scripts/run-tests.mjs', ...filters], { cwd: root, env })
}

function failuresFile(tool) {
  return join(scratch, tool.version)
}
