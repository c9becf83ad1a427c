import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Scene } from './scene.ts'

/** A failure of a server, of its settings, or of the way to it. */
export interface Failure {
  readonly name: string
  /** Breaks something. Returns what mends it. */
  begin(scene: Scene): Promise<() => Promise<unknown>>
  /** What the recorder says about it. */
  readonly says: RegExp
}

/** Repeats an action until it is mended. */
function again(everyMs: number, act: (scene: Scene) => unknown): Failure['begin'] {
  return async scene => {
    let isOver = false
    const work = async () => {
      while (!isOver) {
        try {
          await act(scene)
        } catch {
          // What breaks connections may break its own.
        }
        await sleep(everyMs)
      }
    }
    const running = work()
    return async () => {
      isOver = true
      await running
    }
  }
}

/** A setting of the database, until it is mended. */
const setting =
  (name: string, value: string): Failure['begin'] =>
  async scene => {
    await scene.set(`SET ${name} = ${value}`)
    return () => scene.admin(`BEGIN READ WRITE; ALTER DATABASE ${scene.database} RESET ${name}; COMMIT`)
  }

/** Another application's transaction that holds a lock. */
async function lockedTable(scene: Scene): Promise<() => Promise<void>> {
  const address = new URL(scene.server.connectionString)
  address.pathname = scene.database
  const other = new pg.Client({ connectionString: address.href })
  other.on('error', () => {})
  await other.connect()
  await other.query('BEGIN; LOCK TABLE runtape.run_events IN EXCLUSIVE MODE')
  return () => other.end()
}

/** A setting for what waits for a lock. */
const settingWithLock =
  (name: string, value: string): Failure['begin'] =>
  async scene => {
    const mend = await setting(name, value)(scene)
    const unlock = await lockedTable(scene)
    return async () => {
      await unlock()
      await mend()
      // Sessions keep the settings with which they began.
      await scene.endSessions()
    }
  }

const way =
  (name: Scene['proxy']['way']): Failure['begin'] =>
  async ({ proxy }) => {
    proxy.way = name
    return async () => {
      proxy.way = 'passes'
    }
  }

export const failures: readonly Failure[] = [
  {
    name: 'the server is killed',
    begin: async ({ server }) => {
      await server.kill()
      return () => server.restart()
    },
    says: /no server accepts connections there\. Start it|connection was lost/,
  },
  {
    name: 'the server is stopped in order',
    begin: async ({ server }) => {
      await server.stop()
      return () => server.restart()
    },
    says: /no server accepts connections there\. Start it|closed the connection.*Try again|connection was lost/,
  },
  {
    name: 'connections are lost in the middle of batches',
    begin: again(10, ({ proxy }) => proxy.cut()),
    says: /connection was lost.*try again/,
  },
  {
    name: 'connections are lost between COMMIT and its answer',
    begin: way('loses commits'),
    says: /connection was lost\. What was being written may be there or not; try again/,
  },
  {
    name: 'nothing arrives any more, and no connection ends',
    begin: way('silent'),
    says: /did not answer within 800 ms.*try again|the server does not answer/,
  },
  {
    name: 'sessions are ended again and again',
    begin: again(15, scene => scene.endSessions()),
    says: /the server closed the connection.*Try again|connection was lost/,
  },
  {
    name: 'the server became a read-only replica',
    begin: setting('default_transaction_read_only', 'on'),
    says: /read-only, such as a replica\. Pass the address of the primary/,
  },
  {
    name: 'another transaction keeps a lock, and the server has a lock_timeout',
    begin: settingWithLock('lock_timeout', "'100ms'"),
    says: /another transaction keeps a lock\. End it/,
  },
  {
    name: 'another transaction keeps a lock, and the server has a statement_timeout',
    begin: settingWithLock('statement_timeout', "'100ms'"),
    says: /longer than its timeout\. Raise statementTimeoutMs/,
  },
  {
    name: 'another transaction keeps a lock, and the server has no timeout',
    begin: lockedTable,
    says: /did not answer within 800 ms.*look for transactions that stay open/,
  },
  {
    name: 'statements are cancelled again and again',
    begin: async scene => {
      const unlock = await lockedTable(scene)
      const cancel = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
        AND datname = current_database() AND wait_event_type = 'Lock'`
      const stop = await again(15, () => scene.admin(cancel))(scene)
      return async () => {
        await stop()
        await unlock()
      }
    },
    says: /cancelled by another session.*try again/,
  },
  {
    name: 'the process is held up within transactions, and the server has an idle_in_transaction_session_timeout',
    begin: async scene => {
      const mend = await setting('idle_in_transaction_session_timeout', "'30ms'")(scene)
      const asleep = new Int32Array(new SharedArrayBuffer(4))
      const stop = await again(1, () => void Atomics.wait(asleep, 0, 0, 120))(scene)
      return async () => {
        await stop()
        await mend()
        await scene.endSessions()
      }
    },
    says: /a transaction waited for too long|connection was lost/,
  },
  {
    name: 'the server accepts no more connections',
    begin: async scene => {
      await scene.set('CONNECTION LIMIT 0')
      return () => scene.admin(`ALTER DATABASE ${scene.database} CONNECTION LIMIT -1`)
    },
    says: /accepts no more connections\. Lower maxConnections/,
  },
  {
    name: 'the pool of the application is exhausted',
    begin: async scene => {
      const pool = await scene.useOwnPool()
      const taken = await pool.connect()
      return async () => taken.release()
    },
    says: /no connection became free in time.*maxConnections/,
  },
  {
    name: 'the password was changed',
    begin: async scene => {
      await scene.admin(`ALTER ROLE app PASSWORD 'other'`)
      await scene.endSessions()
      return () => scene.admin(`ALTER ROLE app PASSWORD 'app'`)
    },
    says: /refused the user or the password\. Check the connection string/,
  },
  {
    name: 'the role lost its rights',
    begin: async scene => {
      await scene.admin('REVOKE ALL ON ALL TABLES IN SCHEMA runtape FROM app')
      return () => scene.admin('GRANT ALL ON ALL TABLES IN SCHEMA runtape TO app')
    },
    says: /permission denied for table \w+: the user lacks a privilege\. Grant it/,
  },
  {
    name: 'the database is gone',
    begin: async scene => {
      const { database } = scene
      await scene.set('ALLOW_CONNECTIONS true')
      await scene.admin(`ALTER DATABASE ${database} RENAME TO ${database}_away`, 'postgres')
      return () => scene.admin(`ALTER DATABASE ${database}_away RENAME TO ${database}`, 'postgres')
    },
    says: /the database does not exist\. Create it/,
  },
]
