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
  private?: boolean
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
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

test.each(['minor', 'patch'])(
  'a %s of one package releases it and its dependents, nothing else',
  async bump => {
    const expected = withDependents('@runtape/trace')
    expect(expected).toContain('@runtape/replay')
    expect(expected).not.toContain('@runtape/core')
    expect(await released('@runtape/trace', bump)).toEqual(expected)
  },
)

test('a package that nothing depends on is released by itself', async () => {
  const expected = withDependents('@runtape/replay')
  expect(await released('@runtape/replay', 'minor')).toEqual(expected)
})

test('a change of core releases all of its dependents', async () => {
  expect(await released('@runtape/core', 'patch')).toEqual(withDependents('@runtape/core'))
})

test('a package that only tests use releases nothing else', async () => {
  expect(await released('@runtape/testing', 'minor')).toEqual(['@runtape/testing'])
})

/** The names of the packages whose version `changeset version` changes. */
async function released(name: string, bump: string): Promise<string[]> {
  const before = versions()
  writeFileSync(join(scratch, '.changeset', 'probe.md'), `---\n'${name}': ${bump}\n---\n\nA probe.\n`)
  await promisify(execFile)(process.execPath, [changesets, 'version'], { cwd: scratch })
  const after = versions()
  return Object.keys(after)
    .filter(key => after[key] !== before[key])
    .sort()
}

function versions(): Record<string, string> {
  const manifests = memberFolders(scratch).map(folder =>
    readFileSync(join(scratch, folder, 'package.json'), 'utf8'),
  )
  return Object.fromEntries(
    manifests.map(text => JSON.parse(text) as Manifest).map(({ name, version }) => [name, version]),
  )
}

/** The package and every published one that needs it at run time, directly or not. */
function withDependents(name: string): string[] {
  const all: Manifest[] = publishedPackages(root).map(({ manifest }) => manifest)
  const found = new Set([name])
  for (let size = 0; size !== found.size; ) {
    size = found.size
    for (const manifest of all)
      if (needs(manifest).some(needed => found.has(needed))) found.add(manifest.name)
  }
  return [...found].sort()
}

function needs({ dependencies, peerDependencies }: Manifest): string[] {
  return Object.keys({ ...dependencies, ...peerDependencies })
}
