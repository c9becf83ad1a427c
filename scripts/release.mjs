// Packs or publishes every package.
//   node scripts/release.mjs check
//   node scripts/release.mjs pack <folder>
//   node scripts/release.mjs publish [--registry <url>] [--tag <tag>]
// A version that is there already is left out, so a release that stopped in the middle can be run again. Nothing is published
// while the repository is a placeholder, but to a registry on this machine, which is a dry run.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { placeholderProblem } from './lib/metadata.mjs'
import { packAll } from './lib/pack.mjs'
import { neededFirst } from './lib/workspace.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { registry: { type: 'string' }, tag: { type: 'string' } },
})
const [action, folder] = positionals
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

if (action === 'check' && folder === undefined) check()
else if (action === 'pack' && folder !== undefined) await pack(resolve(folder))
else if (action === 'publish' && folder === undefined) await publish()
else fail('Use: node scripts/release.mjs check, pack <folder>, or publish [--registry <url>] [--tag <tag>].')

function check() {
  const problem = placeholderProblem()
  if (problem !== undefined) fail(problem)
}

async function pack(to) {
  mkdirSync(to, { recursive: true })
  for (const { tarball } of await packAll(root, to)) console.log(tarball)
}

async function publish() {
  const problem = placeholderProblem()
  if (problem !== undefined && !isLocal(values.registry)) return fail(problem)
  const scratch = mkdtempSync(join(tmpdir(), 'runtape-release-'))
  try {
    for (const entry of neededFirst(await packAll(root, scratch))) publishOne(entry)
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

function publishOne({ name, manifest: { version }, tarball }) {
  if (isThere(name, version)) return console.log(`${name}@${version} is there already.`)
  // Provenance is signed by the service that runs the workflow, for its own repository.
  const provenance = 'ACTIONS_ID_TOKEN_REQUEST_URL' in process.env ? [] : ['--provenance=false']
  const tag = values.tag === undefined ? [] : ['--tag', values.tag]
  run(['publish', tarball, '--access', 'public', ...provenance, ...tag], 'inherit')
  console.log(`${name}@${version} is published.`)
}

/** False also for a package that no version of is there. Any other failure must not look like that. */
function isThere(name, version) {
  try {
    return run(['view', `${name}@${version}`, 'version'], 'pipe').trim() === version
  } catch (error) {
    if (/\bE404\b/.test(String(error.stderr))) return false
    throw error
  }
}

function run(args, stdout) {
  const registry = values.registry === undefined ? [] : ['--registry', values.registry]
  const stdio = ['ignore', stdout, stdout === 'pipe' ? 'pipe' : 'inherit']
  return String(
    execFileSync(npm, [...args, ...registry], { stdio, shell: process.platform === 'win32' }) ?? '',
  )
}

function isLocal(registry) {
  return registry !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(registry).hostname)
}

function fail(message) {
  console.error(message)
  process.exitCode = 1
}
