import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import semver from 'semver'
import { expect, test } from 'vitest'
import { memberFolders, publishedPackages } from '../../scripts/lib/workspace.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Every version of each package that a member of the workspace tests with, also by another name. */
function testedVersions(): Map<string, Set<string>> {
  const tested = new Map<string, Set<string>>()
  for (const folder of memberFolders(root)) {
    const path = join(root, folder, 'package.json')
    const { dependencies, devDependencies } = JSON.parse(readFileSync(path, 'utf8'))
    for (const [key, range] of Object.entries<string>({ ...dependencies, ...devDependencies })) {
      const [, name = key, version = range] = /^npm:(.+)@(.+)$/.exec(range) ?? []
      if (semver.valid(version)) tested.set(name, (tested.get(name) ?? new Set()).add(version))
    }
  }
  return tested
}

const peers = publishedPackages(root).flatMap(({ folder, manifest }) =>
  Object.entries<string>(manifest.peerDependencies ?? {})
    .filter(([, range]) => !range.startsWith('workspace:'))
    .map(([name, range]) => ({ folder, name, range })),
)

const tested = testedVersions()

test.each(peers)('$folder: the newest major of $name $range that it allows is tested', ({ name, range }) => {
  const versions = [...(tested.get(name) ?? [])].filter(version => semver.satisfies(version, range))
  const newest = versions.sort(semver.rcompare)[0]
  expect(newest, `no tested version of ${name} is in ${range}`).toBeDefined()
  const { major, minor } = semver.parse(newest) ?? { major: 0, minor: 0 }
  const next = major === 0 ? `0.${minor + 1}.0` : `${major + 1}.0.0`
  expect(semver.satisfies(next, range), `${next} is allowed and not tested`).toBe(false)
})

test('there are such peers', () => {
  expect(peers.length).toBeGreaterThan(8)
})
