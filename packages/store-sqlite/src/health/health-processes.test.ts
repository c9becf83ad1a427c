import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { runEvent } from '@runtape/testing'
import { expect, test } from 'vitest'
import { nextMessage, startChild } from '../../test/children.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { inspectSqlite } from '../inspect.ts'
import { sqliteStore } from '../sqlite-store.ts'

test('two processes that are killed while they conflict leave exact counts, with samples that name no erased person', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = sqliteStore(path, { worker: false })
  const children = ['one', 'two'].map(name => startChild('conflicting-writer.mjs', [path, name]))
  await Promise.all(children.map(nextMessage))
  await sleep(700)
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(children.map(child => child.exitCode ?? child.signalCode ?? once(child, 'exit')))
  const file = new DatabaseSync(path, { readOnly: true })
  const number = (sql: string) => Number(file.prepare(`SELECT ${sql}`).get()?.n)
  const counts = async () =>
    Object.fromEntries(
      (await store.health.get()).counts.map(({ kind, count, samples }) => [kind, [count, samples.length]]),
    )
  const found = await counts()
  expect(found.conflict?.[0]).toBe(number('count(*) AS n FROM health_conflicts'))
  expect(found.misdated?.[0]).toBe(number('count(*) AS n FROM run_events WHERE at = 5'))
  expect(found.conflict?.[0]).toBeGreaterThan(20)
  expect([found.conflict?.[1], found.misdated?.[1]]).toEqual([10, 10])
  expect(inspectSqlite(path).counts.map(({ kind, count }) => [kind, [count, 10]])).toEqual(
    Object.entries(found),
  )
  // What is sent again after the kill is no new conflict.
  await store.append([runEvent({ runId: 'run-0', value: 4000 })])
  expect(await counts()).toEqual(found)
  const samples = (await store.health.get()).counts.flatMap(each => each.samples)
  for (const runId of new Set(samples.map(each => each.runId ?? ''))) await store.erase({ runId })
  const after = (await store.health.get()).counts
  expect(after.map(({ count, samples: left }) => [count, left.length])).toEqual([
    [found.conflict?.[0], 0],
    [found.misdated?.[0], 0],
  ])
  file.close()
  await store.close()
}, 60_000)

test('a report of a recorder that was killed stands, a repeated or older one changes nothing, and samples stay ten', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const [one, two] = [sqliteStore(path, { worker: false }), sqliteStore(path, { worker: false })]
  const at = Date.now()
  const report = (reporter: string, count: number) => ({
    reporter,
    counts: [
      {
        kind: 'dropped-span' as const,
        count,
        firstAt: at,
        lastAt: at + count,
        samples: Array.from({ length: Math.min(count, 10) }, (_, n) => ({
          number: count - n,
          at: at + count - n,
          name: `span ${count - n} of ${reporter}`,
          reason: 'memory is full',
        })),
      },
    ],
  })
  await one.health.report(report('a', 3))
  await two.health.report(report('b', 4))
  await Promise.all([one.health.report(report('a', 9)), two.health.report(report('a', 7))])
  two.health.reportSync(report('b', 4))
  const [dropped] = (await one.health.get()).counts
  expect([dropped?.count, dropped?.firstAt, dropped?.lastAt]).toEqual([13, at, at + 9])
  expect(dropped?.samples).toHaveLength(10)
  expect(new Set(dropped?.samples.map(({ name }) => name)).size).toBe(10)
  await Promise.all([one.close(), two.close()])
})
