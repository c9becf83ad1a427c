import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/**
 * The address of a real Postgres server. The first test that needs it starts one server for the whole run of vitest; it ends
 * with vitest. Set `RUNTAPE_TEST_POSTGRES=postgres://…` to use another one, such as on a platform for which npm has no server.
 */
export async function testServer(): Promise<string> {
  const given = process.env.RUNTAPE_TEST_POSTGRES
  if (given) return given
  // All test files of a run have the same parent.
  const watched = process.ppid
  const folder = join(tmpdir(), `runtape-postgres-of-${watched}`)
  if (isFirst(folder)) startProcess(folder, watched)
  try {
    return await addressIn(folder)
  } catch (error) {
    throw new Error(
      `These tests need a Postgres server: ${(error as Error).message}\nSet RUNTAPE_TEST_POSTGRES=postgres://user:password@host/database to use one of your own.`,
    )
  }
}

/** A name for a schema that no other test uses. */
export const testSchema = (): string => `test_${randomBytes(6).toString('hex')}`

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch {
    return false
  }
}

/**
 * Starts a server in a process that ends with the process `watched`.
 *
 * @param folder for `addressIn`; exists
 * @param kept for its data. Default: they go with it
 */
export function startProcess(folder: string, watched: number, kept?: string): ChildProcess {
  const program = fileURLToPath(new URL('server-process.mjs', import.meta.url))
  const args = [program, folder, String(watched), ...(kept === undefined ? [] : [kept])]
  const started = spawn(process.execPath, args, { detached: true, stdio: 'ignore' })
  started.unref()
  return started
}

/** The address of the server of `startProcess`, once it accepts connections. */
export async function addressIn(folder: string): Promise<string> {
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 50) {
    if (existsSync(join(folder, 'ready.json')))
      return JSON.parse(readFileSync(join(folder, 'ready.json'), 'utf8')).connectionString
    if (existsSync(join(folder, 'failed.txt')))
      throw new Error(readFileSync(join(folder, 'failed.txt'), 'utf8'))
    await sleep(50)
  }
  throw new Error('it did not start within a minute')
}
