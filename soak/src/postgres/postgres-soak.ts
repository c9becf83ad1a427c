import { join } from 'node:path'
import { postgresStore } from '@runtape/store-postgres'
import { type EmbeddedServer, startEmbedded } from '../../../packages/store-postgres/test/embedded.mjs'
import { type Proxy, startProxy } from '../../../packages/store-postgres/test/proxy.ts'
import { reportOf } from '../embedded-soak.ts'
import { waitingIn } from '../outbox-soak.ts'
import { racesPerToken } from '../races.ts'
import type { Report } from '../report.ts'
import { inScratch, type Scratch } from '../scratch.ts'
import type { SoakOptions } from '../soak-options.ts'
import { fileProblems } from '../tape-file.ts'
import { readTestimony } from '../tries.ts'
import { billProblems, judge } from '../verdict.ts'
import { outboxesOf } from '../worker-recorder.ts'
import type { PostgresPlace, WorkerFault } from '../worker-settings.ts'
import { drainOutbox, raceWorkers } from '../workers.ts'
import { readPostgresRows } from './read-rows.ts'
import { type Chaos, startChaos } from './server-chaos.ts'

export interface PostgresSoakOptions extends Omit<SoakOptions, 'fault'> {
  /** Ends when this many writers and servers were killed, at the latest after `seconds`. */
  readonly kills: number
  readonly serverKills: number
  readonly fault?: WorkerFault
}

/**
 * Processes of several machines race for the same runs in one Postgres, each machine with an outbox, while processes and the
 * server are killed, sessions are ended, and the network falls silent or loses the answers to commits.
 */
export function soakPostgres(options: PostgresSoakOptions): Promise<Report> {
  return inScratch(options.tokens, async scratch => {
    const server = await startEmbedded()
    const proxy = await startProxy(server.connectionString)
    try {
      return await soakIn({ scratch, server, proxy }, options)
    } finally {
      await proxy.close()
      await server.remove()
    }
  })
}

interface Scene {
  readonly scratch: Scratch
  readonly server: EmbeddedServer
  readonly proxy: Proxy
}

async function soakIn({ scratch, server, proxy }: Scene, options: PostgresSoakOptions): Promise<Report> {
  const path = join(scratch.path, 'outbox.db')
  const place = { connectionString: server.connectionString, schema: 'runtape' }
  // Creates the tables.
  await billOf(place)
  const chaos = startChaos(server, proxy, options.seed)
  const workers = await raceWorkers({
    ...options,
    path,
    postgres: { ...place, connectionString: proxy.connectionString },
    logs: scratch.logs,
    tokens: scratch.tokens,
    isEnough: killed => killed >= options.kills && chaos.tally.kills >= options.serverKills,
  })
  await chaos.end()
  const delivered = (await readPostgresRows(place)).length
  const outboxes = outboxesOf(path)
  const left = outboxes.reduce((sum, outbox) => sum + waitingIn(outbox), 0)
  for (const outbox of outboxes) await drainOutbox(outbox, { postgres: place })

  const rows = await readPostgresRows(place)
  const testimony = readTestimony(scratch.logs)
  const finding = judge({ rows, testimony, slots: options.tokens * racesPerToken })
  const violations = [
    ...(await billOf(place)).flatMap(row => billProblems(row, rows)),
    ...outboxes.flatMap(outbox => stillIn(outbox)),
    ...(delivered === 0 ? ['Nothing reached the server while they raced. Give it more --seconds'] : []),
    ...tooFew(options, workers.killed, chaos),
  ]
  const damage = outboxes.flatMap(fileProblems)
  const report = reportOf('Postgres behind four outboxes', options, workers, finding, violations, damage)
  return {
    ...report,
    numbers: [
      ...report.numbers,
      ['server killed by SIGKILL', chaos.tally.kills],
      ['sessions ended, times', chaos.tally.terminations],
      ['network silent, times', chaos.tally.silences],
      ['kept, answer lost', proxy.lostCommits],
      ['rows when all were dead', delivered],
      ['in the outboxes when all were dead', left],
    ],
  }
}

async function billOf(place: PostgresPlace) {
  const store = postgresStore(place)
  const bill = await store.runs.usage()
  await store.close()
  return bill
}

function stillIn(outbox: string): string[] {
  const waiting = waitingIn(outbox)
  return waiting > 0 ? [`${waiting} events are still in ${outbox}`] : []
}

/** A soak that killed too little proves too little. */
function tooFew({ kills, serverKills }: PostgresSoakOptions, killed: number, { tally }: Chaos): string[] {
  if (killed >= kills && tally.kills >= serverKills) return []
  return [
    `Only ${killed} of ${kills} writers and ${tally.kills} of ${serverKills} servers were killed. Give it more --seconds`,
  ]
}
