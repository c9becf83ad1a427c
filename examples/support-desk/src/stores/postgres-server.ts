import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '@runtape/core/internal'
import pg from 'pg'
import { dataFolder } from '../../../../packages/store-postgres/test/kept-server.mjs'
import { addressIn, startProcess } from '../../../../packages/store-postgres/test/server.ts'

/** A real server from npm, on a free port of loopback. */
export interface OwnServer {
  readonly connectionString: string
  /** The folder with its data, which stay. */
  readonly folder: string
  stop(): Promise<void>
}

/** Starts a server. It ends with this process at the latest, however that ends. */
export async function startServer(wanted: string): Promise<OwnServer> {
  const folder = dataFolder(wanted)
  const notes = mkdtempSync(join(tmpdir(), 'support-desk-postgres-'))
  const started = startProcess(notes, process.pid, folder)
  const ended = once(started, 'exit')
  try {
    const connectionString = await addressIn(notes)
    return {
      connectionString,
      folder,
      stop: async () => {
        writeFileSync(join(notes, 'stop'), '')
        started.ref()
        await ended
      },
    }
  } catch (error) {
    rmSync(notes, { recursive: true, force: true })
    throw new Error(
      `There is no Postgres server: ${messageOf(error)}\nPass the address of one: npm run demo -- --store postgres://user:password@host/database, or set RUNTAPE_DEMO_POSTGRES.`,
    )
  }
}

/** `Postgres 18.4 at localhost:5432`: never the password. */
export async function serverName(connectionString: string): Promise<string> {
  const { rows } = await query(connectionString, 'SHOW server_version')
  const { host } = new URL(connectionString)
  return `Postgres ${String(rows[0]?.server_version).split(' ')[0]} at ${host || 'localhost'}`
}

/** Removes the tables of an earlier tour. */
export async function clearSchema(connectionString: string, schema: string): Promise<void> {
  await query(connectionString, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
}

async function query(connectionString: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 })
  try {
    await client.connect()
    return await client.query(text)
  } catch (error) {
    throw new Error(
      `The Postgres server at ${new URL(connectionString).host} cannot be used: ${messageOf(error)}`,
    )
  } finally {
    await client.end()
  }
}
