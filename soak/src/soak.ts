// The laws of the tally and of the tape under fire: `npm run soak -- --seconds 90 --processes 8 --seed 1`.
// Half of the time goes to one SQLite file, a quarter to a remote store behind an outbox, and a quarter to random
// programs that are recorded and replayed. Then a file is replaced under 200 kills, in at most ten more minutes, and a Postgres
// server is killed ten times under 100 kills of its writers, in at most five. Once each: a database of version 1 with --runs runs is migrated while others write, and realistic applications are
// recorded and replayed.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { soakApplications } from './applications.ts'
import { soakEdges } from './edges-soak.ts'
import { soakEmbeddedStore } from './embedded-soak.ts'
import { soakMigration } from './migration-soak.ts'
import { soakOutbox } from './outbox-soak.ts'
import { soakPostgres } from './postgres/postgres-soak.ts'
import { soakReplayLaw } from './replay-law.ts'
import { printReport } from './report.ts'
import { soakServer } from './server/server-soak.ts'
import type { SoakOptions } from './soak-options.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '90' },
    processes: { type: 'string', default: '8' },
    tokens: { type: 'string', default: '1000' },
    passes: { type: 'string', default: '10' },
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(randomInt(1_000_000)) },
    'kill-every-ms': { type: 'string', default: '400' },
  },
})
const options: Omit<SoakOptions, 'fault'> & { readonly runs: number } = {
  runs: wholeNumber('runs'),
  seconds: wholeNumber('seconds'),
  processes: wholeNumber('processes'),
  tokens: wholeNumber('tokens'),
  passes: wholeNumber('passes'),
  seed: wholeNumber('seed'),
  killEveryMs: wholeNumber('kill-every-ms'),
}
// Fewer tokens, so that each is reached; and a writer lives long enough to reach the server.
const besideServer = {
  ...{ kills: 100, serverKills: 10, seconds: 300, passes: 10_000 },
  killEveryMs: Math.max(800, options.killEveryMs),
  tokens: Math.ceil(options.tokens / 10),
}
const quarter = Math.ceil(options.seconds / 4)

const reports = [
  () => soakEmbeddedStore({ ...options, seconds: Math.max(1, options.seconds - 2 * quarter) }),
  // Each event takes longer here: fewer tokens, so that each is reached.
  () => soakOutbox({ ...options, seconds: quarter, tokens: Math.ceil(options.tokens / 5) }),
  // Until 200 processes were killed: replaced files, full disks, damaged rows, faked clocks, poison records.
  () => soakEdges({ kills: 200, seconds: 600, seed: options.seed }),
  // Until 100 writers and 10 servers were killed.
  () => soakServer({ ...options, ...besideServer }),
  () => soakPostgres({ ...options, ...besideServer }),
  // Once each, for any --seconds.
  () => soakMigration({ runs: options.runs }),
  () => soakApplications(options),
  () => soakReplayLaw({ seconds: quarter, seed: options.seed }),
]
for (const soak of reports) {
  const report = await soak()
  printReport(report)
  if (report.violations.length > 0) process.exitCode = 1
}

function wholeNumber(name: keyof typeof values): number {
  const value = Number(values[name])
  if (Number.isInteger(value) && value > 0) return value
  console.error(`--${name} must be a whole number above 0 (got ${values[name]}).`)
  process.exit(2)
}
