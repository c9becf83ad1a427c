// Fails when a package depends on one that is not on a lower floor.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { floorProblems, importsOf } from './lib/floors.mjs'
import { memberFolders } from './lib/workspace.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const packages = memberFolders(root)
  .filter(folder => folder.startsWith('packages/'))
  .map(path => ({
    path,
    folder: basename(path),
    manifest: JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')),
  }))
const folders = Object.fromEntries(packages.map(({ folder, manifest }) => [manifest.name, folder]))

const problems = packages.flatMap(({ path, folder, manifest }) =>
  floorProblems({ folder, manifest, folders, imports: shippedSources(path).flatMap(importsOf) }),
)
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0

function shippedSources(path) {
  return readdirSync(join(root, path, 'src'), { recursive: true })
    .filter(file => /\.tsx?$/.test(file) && !/\.test(-d)?\.tsx?$/.test(file))
    .map(file => readFileSync(join(root, path, 'src', file), 'utf8'))
}
