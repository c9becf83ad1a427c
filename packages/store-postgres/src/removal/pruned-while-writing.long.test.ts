import { setTimeout as sleep } from 'node:timers/promises'
import type { RemovalReceipt } from '@runtape/core/store'
import { runEvent, testTime } from '@runtape/testing'
import { expect, test } from 'vitest'
import { TestProcess } from '../../test/removal/process.ts'
import { testSchema, testServer } from '../../test/server.ts'
import { postgresStore } from '../index.ts'

interface Written {
  readonly runs: number
  readonly longestMs: number
}

// Raise it to measure: RUNTAPE_PRUNED_RUNS=100000.
const pruned = Number(process.env.RUNTAPE_PRUNED_RUNS ?? 5000)

test(`${pruned} runs are pruned while four processes append: no acknowledged run is lost, and no append waits for the removal`, async () => {
  const [connectionString, schema] = [await testServer(), testSchema()]
  const store = postgresStore({ connectionString, schema })
  for (let index = 0; index < pruned; index += 1000)
    await store.append(
      Array.from({ length: Math.min(1000, pruned - index) }, (_, place) => oldRun(index + place)).flat(),
    )
  const write = async (work: () => Promise<unknown>): Promise<Written[]> => {
    const writers = Array.from(
      { length: 4 },
      (_, index) => new TestProcess('writer.mjs', [connectionString, schema, `${work.name}-${index}`]),
    )
    await Promise.all(writers.map(writer => writer.ready()))
    await work()
    for (const { child } of writers) child.stdin?.write('end\n')
    return Promise.all(writers.map(writer => writer.result<Written>()))
  }
  const alone = await write(async function alone() {
    await sleep(3000)
  })
  const start = performance.now()
  let tookMs = 0
  const beside = await write(async function beside() {
    const given = JSON.stringify([{ runs: { before: testTime + pruned } }])
    const pruner = new TestProcess('remover.mjs', [connectionString, schema, 'prune', given])
    expect((await pruner.result<RemovalReceipt>()).runs).toBe(pruned)
    tookMs = performance.now() - start
  })
  const sum = (all: readonly Written[]) => all.reduce((total, { runs }) => total + runs, 0)
  expect((await store.runs.usage())[0]?.runs).toBe(sum(alone) + sum(beside))
  const longest = (all: readonly Written[]) => Math.round(Math.max(...all.map(({ longestMs }) => longestMs)))
  console.log(
    `pruned ${pruned} runs in ${Math.round(tookMs)} ms; longest append: ${longest(beside)} ms beside it, ${longest(alone)} ms alone;`,
    `runs appended: ${sum(beside)} beside it, ${sum(alone)} alone in 3 s`,
  )
  // A lock that a removal held would show as the time that a part of it takes.
  expect(longest(beside)).toBeLessThan(2000)
  await store.close()
}, 900_000)

function oldRun(index: number) {
  const of = { runId: `old-${index}`, at: testTime + index }
  return [
    runEvent({ ...of, metric: 'duration', value: 5 }),
    runEvent({ ...of, metric: 'outcome', value: { status: 'success' } }),
  ]
}
