// Runs the tests under every Node line that is supported and prints a table at the end:
// `node scripts/bootstrap.mjs node-versions [vitest arguments]`.
import { delimiter, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { capture } from './lib/process.mjs'
import { fetchNode, nodeBinary, supportedNodes } from './lib/tools.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const say = line => process.stderr.write(`${line}\n`)

const rows = []
for (const tool of Object.values(supportedNodes(process.platform, process.arch))) {
  const { version } = tool
  rows.push(await testUnder(tool).catch(error => ({ version, code: 1, result: error.message })))
}
console.log('\nNode      exit  result')
for (const row of rows) console.log(`${row.version.padEnd(10)}${String(row.code).padEnd(6)}${row.result}`)
process.exitCode = rows.every(({ code }) => code === 0) ? 0 : 1

async function testUnder(tool) {
  const { version } = tool
  await fetchNode(root, tool, say)
  say(`Testing under Node ${version}…`)
  const node = nodeBinary(root, tool, process.platform)
  const env = { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) }
  const args = ['scripts/run-tests.mjs', ...process.argv.slice(2)]
  const { code, output } = await capture(node, args, { cwd: root, env })
  if (code !== 0) console.log(`\n--- Node ${version} ---\n${output.trimEnd()}`)
  return { version, code, result: output.trimEnd().split('\n').at(-1) }
}
