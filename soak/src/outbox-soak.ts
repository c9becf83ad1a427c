import { join } from 'node:path'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { reportOf } from './embedded-soak.ts'
import { racesPerToken } from './races.ts'
import { startRemoteServer } from './remote-server.ts'
import type { Report } from './report.ts'
import { inScratch, type Scratch } from './scratch.ts'
import type { SoakOptions } from './soak-options.ts'
import { fileProblems, readRows } from './tape-file.ts'
import { readTestimony } from './tries.ts'
import { billProblems, judge } from './verdict.ts'
import { drainOutbox, raceWorkers } from './workers.ts'

/** The same race, with the store behind an unreliable connection and one outbox for all processes. */
export function soakOutbox(options: SoakOptions): Promise<Report> {
  return inScratch(options.tokens, scratch => soakIn(scratch, options))
}

async function soakIn(scratch: Scratch, options: SoakOptions): Promise<Report> {
  const { fault, ...plan } = options
  const [outbox, path] = [join(scratch.path, 'outbox.db'), join(scratch.path, 'remote.db')]
  const store = sqliteStore(path)
  const server = await startRemoteServer(store, options.seed, fault === 'remote-forgets')
  const { address: remote, tally } = server
  const workers = await raceWorkers({
    ...plan,
    path: outbox,
    remote,
    logs: scratch.logs,
    tokens: scratch.tokens,
  })
  const left = waitingIn(outbox)
  await drainOutbox(outbox, { remote })
  await server.close()

  const rows = readRows(path)
  const testimony = readTestimony(scratch.logs)
  const finding = judge({ rows, testimony, slots: options.tokens * racesPerToken })
  const bill = await store.runs.usage()
  await store.close()
  const violations = bill.flatMap(row => billProblems(row, rows))
  if (waitingIn(outbox) > 0) violations.push(`${waitingIn(outbox)} events are still in the outbox`)
  const damage = [...fileProblems(path), ...fileProblems(outbox)]
  const report = reportOf('A remote store behind an outbox', options, workers, finding, violations, damage)
  return {
    ...report,
    numbers: [
      ...report.numbers,
      ['requests', tally.requests],
      ['refused with 503', tally.refused],
      ['answered late', tally.late],
      ['kept, answer lost', tally.lost],
      ['duplicates at the store', tally.duplicates],
      ['conflicts at the store', tally.conflicts],
      ['in the outbox when all were dead', left],
    ],
  }
}

export function waitingIn(path: string): number {
  const outbox = sqliteOutbox(path)
  const size = outbox.size()
  outbox.close()
  return size
}
