import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { giveTo, publicTemporary, serverUser } from './embedded-user.mjs'

export interface PgBouncer {
  /** That of the server, through PgBouncer. */
  readonly connectionString: string
  close(): Promise<void>
}

/** The version of the PgBouncer that is installed, if there is one (`apt-get install pgbouncer`). */
export function pgBouncerVersion(): string | undefined {
  try {
    return /PgBouncer (\S+)/.exec(execFileSync('pgbouncer', ['--version'], { encoding: 'utf8' }))?.[1]
  } catch {
    return undefined
  }
}

/** Starts a PgBouncer in transaction mode, with fewer connections to the server than its clients have. */
export async function startPgBouncer(server: string): Promise<PgBouncer> {
  const folder = mkdtempSync(join(publicTemporary(), 'runtape-pgbouncer-'))
  chmodSync(folder, 0o755)
  const port = await freePort()
  const config = join(folder, 'pgbouncer.ini')
  const { username, password } = new URL(server)
  writeFileSync(join(folder, 'users.txt'), `"${username}" "${password}"\n`)
  writeFileSync(config, configOf(server, folder, port))
  const user = serverUser()
  giveTo(user, folder)
  const child = spawn('pgbouncer', [config], { ...user, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', text => {
      log += text
      if (/process up/.test(log)) resolve()
    })
    child.once('close', () => reject(new Error(`PgBouncer does not start:\n${log}`)))
  })
  const address = new URL(server)
  address.port = String(port)
  return {
    connectionString: address.href,
    close: async () => {
      const closed = once(child, 'close')
      child.kill('SIGTERM')
      await closed
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const configOf = (server: string, folder: string, port: number): string => `
[databases]
* = host=127.0.0.1 port=${new URL(server).port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${join(folder, 'users.txt')}
pool_mode = transaction
default_pool_size = 5
max_client_conn = 500
`

async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
