import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { httpStore } from '@runtape/store-http'
import { reportOf } from '../embedded-soak.ts'
import { waitingIn } from '../outbox-soak.ts'
import { racesPerToken } from '../races.ts'
import { Random } from '../random.ts'
import type { Report } from '../report.ts'
import { inScratch, type Scratch } from '../scratch.ts'
import type { SoakOptions } from '../soak-options.ts'
import { fileProblems, readRows } from '../tape-file.ts'
import { readTestimony } from '../tries.ts'
import { billProblems, judge } from '../verdict.ts'
import { outboxesOf } from '../worker-recorder.ts'
import type { WorkerFault } from '../worker-settings.ts'
import { drainOutbox, raceWorkers } from '../workers.ts'
import { type BadNetwork, startBadNetwork } from './bad-network.ts'
import { type ServedStore, startServedStore } from './served-store.ts'

export interface ServerSoakOptions extends Omit<SoakOptions, 'fault'> {
  /** Ends when this many writers and servers were killed, at the latest after `seconds`. */
  readonly kills: number
  readonly serverKills: number
  readonly fault?: WorkerFault
}

const meanWaitMs = 2500

/**
 * Processes of several machines race for the same runs behind one server, while they and the server are killed, and the network
 * between them is slow, repeats requests and loses answers.
 */
export function soakServer(options: ServerSoakOptions): Promise<Report> {
  return inScratch(options.tokens, async scratch => {
    const server = await startServedStore(scratch.path)
    const network = await startBadNetwork(server.url, options.seed)
    try {
      return await soakIn(scratch, { server, network }, options)
    } finally {
      await network.close()
      await server.stop()
    }
  })
}

interface Parts {
  readonly server: ServedStore
  readonly network: BadNetwork
}

async function soakIn(
  scratch: Scratch,
  { server, network }: Parts,
  options: ServerSoakOptions,
): Promise<Report> {
  const path = join(scratch.path, 'outbox.db')
  const served = { url: server.url, key: server.key }
  const killing = killAtRandom(server, options.seed)
  const workers = await raceWorkers({
    ...options,
    ...{ path, served: { ...served, url: network.url }, logs: scratch.logs, tokens: scratch.tokens },
    isEnough: killed => killed >= options.kills && server.kills >= options.serverKills,
  })
  await killing.end()
  const database = join(scratch.path, 'runtape.db')
  const delivered = readRows(database).length
  const outboxes = outboxesOf(path)
  const left = outboxes.reduce((sum, outbox) => sum + waitingIn(outbox), 0)
  for (const outbox of outboxes) await drainOutbox(outbox, { served })

  const rows = readRows(database)
  const finding = judge({
    rows,
    testimony: readTestimony(scratch.logs),
    slots: options.tokens * racesPerToken,
  })
  const violations = [
    ...(await httpStore(served).runs.usage()).flatMap(row => billProblems(row, rows)),
    ...outboxes.flatMap(outbox =>
      waitingIn(outbox) > 0 ? [`${waitingIn(outbox)} events are still in ${outbox}`] : [],
    ),
    ...(delivered === 0 ? ['Nothing reached the server while they raced. Give it more --seconds'] : []),
    ...(workers.killed < options.kills || server.kills < options.serverKills
      ? [`Only ${workers.killed} writers and ${server.kills} servers were killed. Give it more --seconds`]
      : []),
  ]
  const damage = [database, ...outboxes].flatMap(fileProblems)
  const report = reportOf('A server behind four outboxes', options, workers, finding, violations, damage)
  return {
    ...report,
    numbers: [
      ...report.numbers,
      ['server killed by SIGKILL', server.kills],
      ['requests delayed by the network', network.counts.slow],
      ['requests sent twice by the network', network.counts.repeated],
      ['answers lost by the network', network.counts.cut],
      ['rows when all were dead', delivered],
      ['in the outboxes when all were dead', left],
    ],
  }
}

function killAtRandom(server: ServedStore, seed: number): { end(): Promise<void> } {
  const random = new Random(seed)
  let isOver = false
  const work = async () => {
    while (!isOver) {
      await sleep(random.wait(meanWaitMs))
      if (!isOver) await server.killAndRestart(random.wait(150))
    }
  }
  const running = work()
  running.catch(() => {})
  return {
    end: async () => {
      isOver = true
      await running
    },
  }
}
