import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { childEnv } from '../../scripts/lib/env.mjs'
import { memberFolders } from '../../scripts/lib/workspace.mjs'

const run = promisify(execFile)

export interface Packed {
  folder: string
  name: string
  tarball: string
  manifest: Manifest
}

interface Manifest {
  name: string
  bin?: string | Record<string, string>
  exports?: Record<string, unknown>
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

/** Runs node in `cwd` and returns its output; the error of a failed run has its stderr. */
export async function node(
  cwd: string,
  args: string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const around = { ...childEnv(process.env), ...env }
  const { stdout } = await run(process.execPath, args, { cwd, env: around, timeout: 60_000 })
  return stdout
}

/** A project with these dependencies. */
export interface Consumer {
  readonly folder: string
  readonly wanted: readonly string[]
}

/**
 * Installs projects with only the declared dependencies: pnpm's layout hides everything undeclared, also from
 * packages. Our own packages come from their tarballs. Installs all projects together: a pnpm process for each would
 * take longer than all of their tests.
 */
export async function installAll(
  root: string,
  scratch: string,
  consumers: readonly Consumer[],
  packed: readonly Packed[],
): Promise<void> {
  const tarballs = Object.fromEntries(packed.map(({ name, tarball }) => [name, `file:${tarball}`]))
  const versions = { ...(await knownVersions(root)), ...tarballs }
  for (const [index, { folder, wanted }] of consumers.entries()) {
    await mkdir(folder, { recursive: true })
    const dependencies = Object.fromEntries(
      wanted.map(one => {
        // A version may be given: `vitest@3.2.4`.
        const [, name = one, version] = /^(@?[^@]+)@(.+)$/.exec(one) ?? []
        return [name, version ?? versions[name] ?? 'latest']
      }),
    )
    const manifest = { name: `consumer-${index}`, private: true, dependencies }
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  }
  await writeFile(
    join(scratch, 'package.json'),
    JSON.stringify({ name: 'consumers', private: true, pnpm: { overrides: tarballs } }),
  )
  await writeFile(join(scratch, 'pnpm-workspace.yaml'), "packages: ['*']\nhoist: false\n")
  const flags = ['--prefer-offline', '--ignore-scripts', '--no-lockfile']
  await run('pnpm', ['install', ...flags], {
    cwd: scratch,
    env: childEnv(process.env),
    timeout: 170_000,
  }).catch(error => {
    throw new Error(`pnpm install of ${scratch} failed:\n${error.stdout}${error.stderr}`)
  })
  for (const { folder } of consumers) await provideNodeTypes(root, folder)
}

/** Type-checks one file of a consumer's project as a strict application would. */
export async function typeCheck(root: string, folder: string, file: string): Promise<void> {
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023']
  const lib = ['--lib', 'es2024,esnext.disposable', '--types', 'node', '--allowImportingTsExtensions']
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  await run(process.execPath, [tsc, '--ignoreConfig', ...options, ...lib, file], { cwd: folder }).catch(
    error => {
      throw new Error(`tsc ${file} failed:\n${error.stdout}`)
    },
  )
}

async function provideNodeTypes(root: string, folder: string): Promise<void> {
  const types = join(folder, 'node_modules', '@types')
  await mkdir(types, { recursive: true })
  await symlink(join(root, 'node_modules', '@types', 'node'), join(types, 'node')).catch(error => {
    if (error.code !== 'EEXIST') throw error
  })
}

/** The versions that the workspace tests with, which are most likely in the local store. */
async function knownVersions(root: string): Promise<Record<string, string>> {
  const manifests = await Promise.all(
    memberFolders(root).map(
      async folder => JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as Manifest,
    ),
  )
  const all = manifests.flatMap(({ dependencies, devDependencies }) =>
    Object.entries({ ...dependencies, ...devDependencies }),
  )
  return Object.fromEntries(all.filter(([, version]) => !version.startsWith('workspace:')))
}
