import { delimiter, dirname, join } from 'node:path'

/** True when version `a` comes before version `b`; a leading `v` and a prerelease tag do not count. */
export function olderThan(a, b) {
  const [left, right] = [versionNumbers(a), versionNumbers(b)]
  const first = left.findIndex((part, i) => part !== right[i])
  return first !== -1 && left[first] < right[first]
}

function versionNumbers(version) {
  const [core] = version.replace(/^v/, '').split('-')
  return [0, 1, 2].map(i => Number(core.split('.')[i] ?? 0))
}

// How to reach the registry is the machine's business and must survive; everything else that npm exports to
// its scripts would be read by pnpm and by nested npm runs as settings of their own.
const CONNECTION_SETTINGS = [
  'registry',
  'ca',
  'cafile',
  'proxy',
  'https_proxy',
  'noproxy',
  'strict_ssl',
  'offline',
  'prefer_offline',
  'userconfig',
  'globalconfig',
]
const CONNECTION = new RegExp(`^npm_config_(//.*|@.*:registry|${CONNECTION_SETTINGS.join('|')})$`, 'i')
const INHERITED = /^(npm_|pnpm_|INIT_CWD$|PNPM_SCRIPT_SRC_DIR$|PROJECT_CWD$|NODE_CHANNEL_FD$)/i

/** `env` without the variables that npm and pnpm set for their scripts. */
export function childEnv(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => CONNECTION.test(name) || !INHERITED.test(name)),
  )
}

/**
 * The environment in which the workspace is installed, built and run: the chosen tools come first. npm and
 * pnpm look for the machine's settings next to the node that runs them; under a carried Node, variables
 * point them to the machine's own.
 */
export function workspaceEnv(env, root, paths, running = process) {
  const cleaned = childEnv(env)
  const pathName = Object.keys(cleaned).find(name => name.toUpperCase() === 'PATH') ?? 'PATH'
  const front = [paths.nodeDir, paths.bin, join(root, 'node_modules', '.bin')]
  const settings = paths.node === running.execPath ? {} : { npm_config_globalconfig: globalSettings(running) }
  return {
    ...settings,
    ...cleaned,
    [pathName]: [...front, cleaned[pathName]].filter(Boolean).join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  }
}

function globalSettings({ execPath, platform }) {
  const prefix = platform === 'win32' ? dirname(execPath) : dirname(dirname(execPath))
  return join(prefix, 'etc', 'npmrc')
}
