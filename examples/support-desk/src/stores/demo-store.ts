import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { settings } from '../settings.ts'
import { fromHere } from '../terminal/from-here.ts'

/** Where a tour keeps its records. */
export interface DemoStore {
  /** What the tour says about it. */
  readonly name: string
  /** What the acts need to find it. */
  readonly env: Readonly<Record<string, string>>
  /** Where the records are after the tour. */
  readonly place: string
  /** The flag that chooses it again, with a space after it. */
  readonly flag: string
  /** Removes the records of an earlier tour. */
  clear(): Promise<void>
  stop(): Promise<void>
}

const { database, outbox } = settings
const files = (name: string) => [name, `${name}-wal`, `${name}-shm`]

/** The store of `--store`: `sqlite`, `postgres` or the address of a server. */
export async function demoStore(given: string): Promise<DemoStore> {
  if (given === 'sqlite') return fileStore
  const address = given === 'postgres' ? process.env.RUNTAPE_DEMO_POSTGRES || undefined : given
  if (address !== undefined && !/^postgres(ql)?:\/\/./.test(address))
    throw new Error(
      `There is no store "${given}". Name sqlite, postgres, or an address: postgres://user:password@host/database.`,
    )
  const { clearSchema, serverName, startServer } = await import('./postgres-server.ts')
  const server = address === undefined ? await startServer(join(settings.folder, 'postgres')) : undefined
  const connectionString = server?.connectionString ?? (address as string)
  const schema = `schema ${settings.schema}`
  const where = server ? `, started by this tour, data in ${fromHere(server.folder)}` : ''
  return {
    name: `${await serverName(connectionString)}${where}, ${schema}`,
    env: { SUPPORT_DESK_POSTGRES: connectionString },
    place: server ? `${fromHere(server.folder)}, ${schema}; the server ends now` : schema,
    flag: given === 'postgres' ? '--store postgres ' : '--store postgres://… ',
    clear: async () => {
      for (const file of files(outbox)) rmSync(file, { force: true })
      await clearSchema(connectionString, settings.schema)
    },
    stop: async () => server?.stop(),
  }
}

const fileStore: DemoStore = {
  name: `SQLite, ${fromHere(database)}`,
  env: {},
  place: fromHere(database),
  flag: '',
  clear: async () => {
    for (const file of files(database)) rmSync(file, { force: true })
  },
  stop: async () => {},
}
