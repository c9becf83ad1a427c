import { join } from 'node:path'
import { runQuietly } from './process.mjs'
import { publishedPackages } from './workspace.mjs'

/** Packs every published package into `folder` as it would be published; adds each tarball's path. */
export async function packAll(root, folder, env = process.env) {
  const packages = publishedPackages(root)
  await runQuietly(process.platform === 'win32' ? 'pnpm.cmd' : 'pnpm', ['-r'], {
    args: [...packages.flatMap(({ name }) => ['--filter', name]), 'pack', '--pack-destination', folder],
    cwd: root,
    env,
    failure: 'pnpm could not pack the packages.',
  })
  return packages.map(entry => ({ ...entry, tarball: join(folder, tarballName(entry.manifest)) }))
}

/** npm's name for the tarball of a package. */
function tarballName({ name, version }) {
  return `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`
}
