import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { EmbeddedServer } from '../../../packages/store-postgres/test/embedded.mjs'
import type { Proxy } from '../../../packages/store-postgres/test/proxy.ts'
import { Random } from '../random.ts'

/** What happened to the server. */
interface ChaosTally {
  kills: number
  /** Times at which the sessions of a random half of all connections were ended. */
  terminations: number
  /** Times at which nothing arrived any more on any connection. */
  silences: number
}

export interface Chaos {
  readonly tally: ChaosTally
  /** Stops, with a server that runs. */
  end(): Promise<void>
}

const meanWaitMs = 2000

/** Kills and restarts the server at random, ends sessions, and lets the network fall silent or lose the answers to commits. */
export function startChaos(server: EmbeddedServer, proxy: Proxy, seed: number): Chaos {
  const random = new Random(seed)
  const tally: ChaosTally = { kills: 0, terminations: 0, silences: 0 }
  let isOver = false
  const actions = [
    () => killAndRestart(server, random, tally),
    () => killAndRestart(server, random, tally),
    () => terminateSessions(server, tally),
    () => during(proxy, 'silent', tally),
    () => during(proxy, 'loses commits', tally),
  ]
  const work = async () => {
    while (!isOver) {
      await sleep(random.wait(meanWaitMs))
      if (!isOver) await random.pick(actions)?.()
    }
  }
  const running = work()
  // A server that does not start again ends the soak when it is awaited.
  running.catch(() => {})
  const end = async () => {
    isOver = true
    await running
  }
  return { tally, end }
}

async function killAndRestart(server: EmbeddedServer, random: Random, tally: ChaosTally): Promise<void> {
  await server.kill()
  tally.kills++
  await sleep(random.wait(150))
  await server.restart()
}

async function terminateSessions({ connectionString }: EmbeddedServer, tally: ChaosTally): Promise<void> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await client.connect()
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL AND random() < 0.5',
  )
  await client.end()
  tally.terminations++
}

async function during(proxy: Proxy, way: Proxy['way'], tally: ChaosTally): Promise<void> {
  proxy.way = way
  await sleep(400)
  proxy.way = 'passes'
  if (way === 'silent') tally.silences++
}
