import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteStore } from '@runtape/store-sqlite'
import { lastOneStands, withoutIdentity } from './faults.ts'
import { racesPerToken } from './races.ts'
import { type Report, violation } from './report.ts'
import { inScratch, type Scratch } from './scratch.ts'
import type { SoakOptions } from './soak-options.ts'
import { fileProblems, readRows, Witness } from './tape-file.ts'
import { readTestimony } from './tries.ts'
import { billProblems, changedRows, type Finding, judge } from './verdict.ts'
import { raceWorkers, type WorkersTally } from './workers.ts'

/** Many processes race for every metric of the same runs in one SQLite file while they are killed at random. */
export function soakEmbeddedStore(options: SoakOptions): Promise<Report> {
  return inScratch(options.tokens, scratch => soakIn(scratch, options))
}

async function soakIn(scratch: Scratch, options: SoakOptions): Promise<Report> {
  const path = join(scratch.path, 'runtape.db')
  const { fault, ...plan } = options
  await prepareStore(path, fault)
  const witness = new Witness(path)
  const byWorker = fault === 'acknowledges-early' || fault === 'conflicts-in-silence' ? { fault } : {}
  const workers = await raceWorkers({
    ...plan,
    ...byWorker,
    path,
    logs: scratch.logs,
    tokens: scratch.tokens,
  })
  witness.stop()

  const rows = readRows(path)
  const testimony = readTestimony(scratch.logs)
  const finding = judge({ rows, testimony, slots: options.tokens * racesPerToken })
  const violations = [
    ...violation('acknowledged with another value than the store has, and not reported', finding.unreported),
    ...violation('with a value tracked after another was acknowledged', finding.overtaken),
    ...violation('changed after it could be read', changedRows(witness.seen, rows)),
    ...(await billOf(path)).flatMap(bill => billProblems(bill, rows)),
  ]
  return reportOf('One SQLite file', options, workers, finding, violations, fileProblems(path))
}

export function reportOf(
  what: string,
  { processes, seconds, tokens, seed }: SoakOptions,
  workers: WorkersTally,
  finding: Finding,
  violations: readonly string[],
  damage: readonly string[],
): Report {
  const { rows, doubled, lost, invented, untried } = finding
  return {
    title: `${what}: ${processes} processes, ${tokens} tokens, at most ${seconds} s, seed ${seed}`,
    numbers: [
      ['processes started', workers.started],
      ['killed by SIGKILL', workers.killed],
      ['track*() that returned true', finding.acknowledged],
      ['track*() that returned false', finding.refused],
      ['cut off by a kill', finding.cutOff],
      ['of these, kept', finding.cutOffKept],
      ['slots tried in the same moment', finding.photoFinishes],
      ['acknowledged after another value', finding.conflicts],
      ['rows', rows],
      ['lost', lost.length],
      ['doubled', doubled.length],
      ['with a value nobody tracked', invented.length],
    ],
    violations: [
      ...violation('acknowledged and lost', lost),
      ...violation('recorded twice', doubled),
      ...violation('with a value that nobody tracked', invented),
      ...violations,
      ...workers.failed.map(how => `A worker ended by itself with ${how}`),
      ...damage.map(problem => `The file is damaged: ${problem}`),
      ...(untried > 0 ? [`${untried} slots were never reached. Give it more --seconds`] : []),
    ],
  }
}

async function prepareStore(path: string, fault: SoakOptions['fault']): Promise<void> {
  await sqliteStore(path).close()
  if (fault !== 'no-identity' && fault !== 'last-one-stands') return
  const database = new DatabaseSync(path)
  database.exec(fault === 'no-identity' ? withoutIdentity : lastOneStands)
  database.close()
}

async function billOf(path: string) {
  const store = sqliteStore(path)
  const bill = await store.runs.usage()
  await store.close()
  return bill
}
