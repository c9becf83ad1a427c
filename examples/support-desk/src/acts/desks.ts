import { rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { CallValue, RunEvent } from '@runtape/core'
import { httpStore } from '@runtape/store-http'
import { readAuditLog } from '../audit-log.ts'
import { ended, startChild } from '../child.ts'
import { settings } from '../settings.ts'
import type { ServedStore } from '../stores/served-store.ts'
import { clearProgress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { compareWithStore } from './compare-with-store.ts'

const desks = [1, 2]
const mostMs = 15 * 60_000

/** Two processes answer the tickets and send to the server, which is killed in the middle. True if all of it arrived once. */
export async function playDesks(served: ServedStore): Promise<boolean> {
  for (const desk of desks) for (const file of filesOf(desk)) rmSync(file, { force: true })
  const children = desks.map(desk => startDesk(desk, served))
  const late = setTimeout(() => children.forEach(child => void child.kill('SIGKILL')), mostMs)
  try {
    await killInTheMiddle(served, () => children.some(({ exitCode }) => exitCode === null))
    for (const child of children)
      if ((await ended(child)).code !== 0) throw new Error('A desk failed. See its message above.')
  } finally {
    clearTimeout(late)
    for (const child of children) child.kill('SIGKILL')
    clearProgress()
  }
  return report(
    served,
    children.map(({ pid = 0 }) => pid),
  )
}

function startDesk(desk: number, { env }: ServedStore) {
  return startChild('acts/desk.ts', {
    env: {
      SUPPORT_DESK_SHARE: `${desk - 1}/${desks.length}`,
      SUPPORT_DESK_KEY: env.SUPPORT_DESK_INGEST_KEY,
      SUPPORT_DESK_OUTBOX: settings.ownOutbox(desk),
      SUPPORT_DESK_AUDIT_LOG: settings.ownLog(desk),
    },
  })
}

const filesOf = (desk: number): string[] => {
  const outbox = settings.ownOutbox(desk)
  return [outbox, `${outbox}-wal`, `${outbox}-shm`, settings.ownLog(desk)]
}

const sentBy = (desk: number): readonly RunEvent[] => readAuditLog(settings.ownLog(desk))

async function killInTheMiddle(served: ServedStore, isRunning: () => boolean): Promise<void> {
  const count = () => desks.flatMap(sentBy).length
  while (isRunning() && count() < 60) await pause(5)
  if (!isRunning()) return
  console.log(
    `  The server is killed by SIGKILL. The desks have recorded ${count()} events; they warn, and go on:\n`,
  )
  const started = performance.now()
  await served.killAndRestart()
  console.log(`\n  It was back after ${((performance.now() - started) / 1000).toFixed(1)} s.`)
}

/** Compares each desk's own log of what it recorded with what the server has. */
async function report({ env }: ServedStore, pids: readonly number[]): Promise<boolean> {
  const { SUPPORT_DESK_SERVER: url = '', SUPPORT_DESK_KEY: key = '' } = env
  const store = httpStore({ url, key })
  const logs = desks.map(sentBy)
  const [bill] = await store.runs.usage()
  const { lost, doubled, recorded } = await compareWithStore(logs.flat(), store.runs)
  await store.close()
  const arrived = [bill?.runs ?? 0, recorded, bill?.tokens?.total ?? 0]
  const rows = [...logs.map(countsOf), countsOf(logs.flat()), arrived]
  const names = [...pids.map((pid, i) => `desk ${i + 1}, process ${pid}`), 'sum', "the server's bill"]
  const cells = rows.map((row, i) => [names[i] ?? '', ...row])
  console.log(`\n${table(['', 'runs', 'events', 'tokens'], cells)}`)
  console.log(`\n  Lost: ${lost}. Doubled: ${doubled}.`)
  return lost === 0 && doubled === 0 && String(arrived) === String(countsOf(logs.flat()))
}

/** Runs, events and tokens of a log. */
function countsOf(events: readonly RunEvent[]): number[] {
  const calls = events.filter(({ metric }) => metric.startsWith('call:'))
  const tokens = calls.reduce((sum, { value }) => sum + ((value as CallValue).usage?.total ?? 0), 0)
  return [new Set(events.map(({ runId }) => runId)).size, events.length, tokens]
}
