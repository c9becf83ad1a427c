import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publishedManifest, publishedMarkdown } from './metadata.mjs'
import { runQuietly } from './process.mjs'
import { publishedPackages } from './workspace.mjs'

/** Packs every published package into `folder` as it would be published; adds each tarball's path. */
export async function packAll(root, folder, env = process.env) {
  const packages = publishedPackages(root)
  const raw = join(folder, 'raw')
  mkdirSync(raw, { recursive: true })
  // pnpm writes the versions of the workspace, and adds the license.
  await runQuietly(process.platform === 'win32' ? 'pnpm.cmd' : 'pnpm', ['-r'], {
    args: [...packages.flatMap(({ name }) => ['--filter', name]), 'pack', '--pack-destination', raw],
    cwd: root,
    env,
    failure: 'pnpm could not pack the packages.',
  })
  const packed = []
  for (const entry of packages) packed.push({ ...entry, tarball: await finish({ root, folder, raw, entry }) })
  rmSync(raw, { recursive: true })
  return packed
}

/** Adds to a tarball what the sources do not repeat: where the package comes from, links that work anywhere, its changes. */
async function finish({ root, folder, raw, entry }) {
  const name = tarballName(entry.manifest)
  const scratch = join(raw, entry.name.replace(/\W+/g, '-'))
  const inside = join(scratch, 'package')
  mkdirSync(scratch)
  await tar(['-xzf', join('..', name)], scratch)
  const manifestPath = join(inside, 'package.json')
  const manifest = publishedManifest(JSON.parse(readFileSync(manifestPath, 'utf8')), entry.folder)
  writeFileSync(manifestPath, `${JSON.stringify(manifest, undefined, 2)}\n`)
  const readmePath = join(inside, 'README.md')
  writeFileSync(readmePath, publishedMarkdown(readFileSync(readmePath, 'utf8'), entry.folder, root))
  const changes = join(root, entry.folder, 'CHANGELOG.md')
  if (existsSync(changes)) cpSync(changes, join(inside, 'CHANGELOG.md'))
  await tar(['-czf', join('..', '..', name), 'package'], scratch)
  return join(folder, name)
}

// Relative paths: the tar of Git for Windows takes `C:` for a host.
const tar = (args, cwd) =>
  runQuietly('tar', args, { args: [], cwd, env: process.env, failure: `tar ${args.join(' ')} failed.` })

/** npm's name for the tarball of a package. */
function tarballName({ name, version }) {
  return `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`
}
