// Runs the tests under every Node line that is supported and prints a table at the end:
// `node scripts/bootstrap.mjs node-versions [vitest arguments]`.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { capture, runQuietly } from './lib/process.mjs'
import { nodeCarrier } from './lib/tools.mjs'

// The oldest that is supported, the one that the project is developed on, the newest.
const VERSIONS = ['22.13.0', '24.21.0', '26.10.0']
const root = fileURLToPath(new URL('..', import.meta.url))

const rows = []
for (const version of VERSIONS) rows.push(await testUnder(version))
console.log('\nNode      exit  result')
for (const row of rows) console.log(`${row.version.padEnd(10)}${String(row.code).padEnd(6)}${row.result}`)
process.exitCode = rows.every(({ code }) => code === 0) ? 0 : 1

async function testUnder(version) {
  const node = await fetchNode(version)
  process.stderr.write(`Testing under Node ${version}…\n`)
  const env = { ...process.env, PATH: [join(node, '..'), process.env.PATH].join(delimiter) }
  const args = ['scripts/run-tests.mjs', ...process.argv.slice(2)]
  const { code, output } = await capture(node, args, { cwd: root, env })
  if (code !== 0) console.log(`\n--- Node ${version} ---\n${output.trimEnd()}`)
  return { version, code, result: output.trimEnd().split('\n').at(-1) }
}

async function fetchNode(version) {
  const carrier = nodeCarrier(process.platform, process.arch)
  const folder = join(root, '.tools', `node-${version}`)
  const file = process.platform === 'win32' ? 'node.exe' : 'node'
  const node = join(folder, 'node_modules', carrier, 'bin', file)
  if (existsSync(node)) return node
  process.stderr.write(`Fetching ${carrier} ${version}…\n`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: { [carrier]: version } }),
  )
  await runQuietly('npm', [], {
    args: ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error'],
    cwd: folder,
    env: process.env,
    failure: `npm could not fetch ${carrier} ${version}: it may not exist for this platform.`,
  })
  return node
}
