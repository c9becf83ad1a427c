import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { memberFolders, publishedPackages } from '../scripts/lib/workspace.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const changesets = join(root, 'node_modules', '@changesets', 'cli', 'bin.js')
let scratch: string

interface Manifest {
  name: string
  version: string
}

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'runtape-versions-'))
  const manifests = memberFolders(root).map(folder => `${folder}/package.json`)
  for (const file of ['package.json', 'pnpm-workspace.yaml', '.changeset/config.json', ...manifests]) {
    mkdirSync(dirname(join(scratch, file)), { recursive: true })
    cpSync(join(root, file), join(scratch, file))
  }
})
afterEach(() => rmSync(scratch, { recursive: true, force: true }))

test.each([
  ['@runtape/core', 'minor', '0.2.0'],
  ['@runtape/replay', 'minor', '0.2.0'],
  ['@runtape/testing', 'patch', '0.1.1'],
  ['runtape', 'patch', '0.1.1'],
  ['create-runtape', 'minor', '0.2.0'],
  // A peer of the command: changesets would raise its dependents to 1.0.0.
  ['@runtape/store-postgres', 'minor', '0.2.0'],
])('a change of %s that is a %s releases all packages as %s', async (name, bump, version) => {
  const released = await releasedBy(name, bump)
  const published = publishedPackages(root).map(entry => entry.name)
  expect(Object.keys(released).sort()).toEqual(published.sort())
  expect(new Set(Object.values(released))).toEqual(new Set([version]))
})

test('packages depend on each other by ~, so that a breaking change of one never comes in through a patch', () => {
  const ranges = publishedPackages(root).flatMap(({ manifest }) =>
    Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(([name]) =>
      /^(@runtape\/|runtape$|create-runtape$)/.test(name),
    ),
  )
  expect(ranges.length).toBeGreaterThan(30)
  expect(ranges.filter(([, range]) => range !== 'workspace:~')).toEqual([])
})

/** The new versions of the packages that `changeset version` changes. */
async function releasedBy(name: string, bump: string): Promise<Record<string, string>> {
  const before = versions()
  writeFileSync(join(scratch, '.changeset', 'probe.md'), `---\n'${name}': ${bump}\n---\n\nA probe.\n`)
  await promisify(execFile)(process.execPath, [changesets, 'version'], { cwd: scratch })
  return Object.fromEntries(Object.entries(versions()).filter(([key, version]) => version !== before[key]))
}

function versions(): Record<string, string> {
  const manifests = memberFolders(scratch).map(folder =>
    readFileSync(join(scratch, folder, 'package.json'), 'utf8'),
  )
  return Object.fromEntries(
    manifests.map(text => JSON.parse(text) as Manifest).map(({ name, version }) => [name, version]),
  )
}
