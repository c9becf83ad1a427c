import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runEvent } from '@runtape/testing'
import { expect, onTestFinished, test } from 'vitest'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import { postgresStore } from '../index.ts'

const program = fileURLToPath(new URL('../../test/budgets/checker.mjs', import.meta.url))

interface Checker {
  readonly child: ChildProcess
  /** The lines that it has printed when it has ended. */
  readonly told: Promise<string[]>
}

function startChecker(connectionString: string, schema: string): Checker {
  const child = spawn(process.execPath, [program, connectionString, schema], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const printed = text(child.stdout)
  const told = once(child, 'close').then(async () => (await printed).split('\n').filter(Boolean))
  return { child, told }
}

test('of processes that check at the same time, also when some are killed, none tells what another has told', async () => {
  const [connectionString, schema] = [await testServer(), testSchema()]
  const store = postgresStore({ connectionString, schema, maxConnections: 2 })
  onTestFinished(async () => {
    await store.close()
    await run(connectionString, `DROP SCHEMA ${schema} CASCADE`)
  })
  const limits = Array.from({ length: 40 }, (_, n) => n + 1)
  for (const limit of limits)
    await store.budgets.put({ name: `runs-${limit}`, measure: 'runs', limit, window: '1h', warnAt: [0.5] })
  const checkers = Array.from({ length: 5 }, () => startChecker(connectionString, schema))
  const all = [...checkers]
  // They take a moment to start.
  await sleep(1500)
  for (const n of limits) {
    await store.append([runEvent({ at: Date.now() - 1000 })])
    if (n === 15 || n === 30) checkers.shift()?.child.kill('SIGKILL')
    await sleep(30)
  }
  for (const { child } of checkers) child.stdin?.end()
  const lists = await Promise.all(all.map(({ told }) => told))
  expect(lists.filter(list => list.length > 0).length).toBeGreaterThan(1)
  const told = [...lists.flat(), ...(await store.budgets.check()).map(shown)]
  expect(new Set(told).size).toBe(told.length)
  const recorded = (await store.budgets.crossings()).map(shown)
  expect(recorded.toSorted()).toEqual(
    limits.flatMap(limit => [`runs-${limit} 0.5 #1`, `runs-${limit} 1 #1`]).sort(),
  )
  expect(told.every(each => recorded.includes(each))).toBe(true)
  // What a process was told in the moment in which it was killed is only recorded.
  expect(told.length).toBeGreaterThan(60)
}, 120_000)

const shown = ({ budget, level, number }: { budget: { name: string }; level: number; number: number }) =>
  `${budget.name} ${level} #${number}`
