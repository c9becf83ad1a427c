// All checks of the workspace except its tests, one line each.
// `npm run check -- --fix` first lets biome fix what it can.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packAll } from './lib/pack.mjs'
import { runQuietly } from './lib/process.mjs'
import { runSteps } from './lib/steps.mjs'
import { publishedPackages, removeAllStaleOutput } from './lib/workspace.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const scratch = mkdtempSync(join(tmpdir(), 'runtape-check-'))
const fix = process.argv.includes('--fix') ? ['--write'] : []

const tool = (command, ...args) =>
  runQuietly(command, [], { args, cwd: root, env: process.env, failure: `${command} failed.` })
const script = path => tool(process.execPath, path)

const first = [
  [
    'format and lint',
    () => tool('biome', 'check', '--error-on-warnings', '--max-diagnostics=100', ...fix, '.'),
  ],
  ['build', build],
  ['import direction', () => script('scripts/check-floors.mjs')],
  ['readme length', () => script('scripts/check-readmes.mjs')],
]
// These read the build's output.
const second = [
  ['types of tests, examples and benchmarks', () => tool('tsc', '-p', 'tsconfig.test.json')],
  ['floating promises, circles of imports', () => tool('oxlint', '--type-aware', '--deny-warnings')],
  ['unused code', () => tool('knip', '--no-progress')],
  ['pack', packEach],
  ['site', buildSite],
]
const third = publishedPackages(root).map(entry => [`package ${entry.name}`, () => checkPackage(entry)])
let tarballs = []

try {
  process.exitCode = (await runAll()) ? 0 : 1
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

async function build() {
  await tool('turbo', 'run', 'build', '--output-logs=errors-only', '--log-prefix=none', '--ui=stream')
  removeAllStaleOutput(root)
}

async function runAll() {
  const failed = await runSteps(first)
  if (failed.includes('build')) return skipRest('build')
  failed.push(...(await runSteps(second)))
  if (failed.includes('pack')) return skipRest('pack')
  failed.push(...(await runSteps(third)))
  return failed.length === 0
}

function skipRest(name) {
  console.log(`\nThe other checks need "${name}" to pass.`)
  return false
}

/** Its packages are installed only here. */
async function buildSite() {
  await tool('pnpm', '--dir', 'docs/site', 'install', '--ignore-workspace', '--frozen-lockfile')
  await script('docs/site/build.mjs')
}

async function packEach() {
  tarballs = await packAll(root, scratch)
}

async function checkPackage({ name, manifest }) {
  const { tarball } = tarballs.find(entry => entry.name === name)
  await tool('publint', 'run', tarball, '--strict')
  // A package that is only a command has no module with types to check.
  if (!manifest.exports) return
  // ESM only: `require` of an ES module works in every supported Node, but attw does not know that.
  await tool('attw', tarball, '--profile', 'esm-only')
}
