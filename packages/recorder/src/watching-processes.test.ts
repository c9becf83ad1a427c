import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { sqliteStore } from '@runtape/store-sqlite'
import { runEvent } from '@runtape/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { freshFile } from '../test/fresh-file.ts'

const script = new URL('../test/children/watches-budgets.ts', import.meta.url).pathname

/** A process that watches, and the crossings that it was told. */
async function watcher(path: string): Promise<{ child: ChildProcess; told: string[] }> {
  const child = fork(script, [path], {
    execArgv: ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const told: string[] = []
  await once(child, 'message')
  child.on('message', crossing => void told.push(String(crossing)))
  return { child, told }
}

const place = freshFile('runtape.db')

test('of several processes that watch, exactly one gets each crossing, also when one of them is killed', async () => {
  const { path } = place
  const store = sqliteStore(path)
  const customers = Array.from({ length: 40 }, (_, n) => `customer-${n}`)
  for (const name of customers)
    await store.budgets.put({
      name,
      measure: 'runs',
      limit: 2,
      window: '1h',
      warnAt: [0.5],
      where: { contextKey: name },
    })
  const watchers = [await watcher(path), await watcher(path), await watcher(path)]
  const told = () => watchers.flatMap(each => each.told)
  const recorded = async () =>
    (await store.budgets.crossings()).map(({ budget, level, number }) => `${budget.name},${level},${number}`)
  for (const [n, key] of customers.entries()) {
    if (n === 20) watchers[0]?.child.kill('SIGKILL')
    for (const run of ['a', 'b'])
      await store.append([
        runEvent({ runId: `${key}-${run}`, at: Date.now(), context: { kind: 'user', key } }),
      ])
    await sleep(2)
  }
  await vi.waitFor(async () => expect(await recorded()).toHaveLength(80), { timeout: 20_000, interval: 50 })
  for (const { child } of watchers.slice(1)) {
    child.send('stop')
    if (child.connected) await once(child, 'disconnect')
  }
  expect(new Set(told()).size).toBe(told().length)
  const all = await recorded()
  expect(all).toEqual(expect.arrayContaining(told()))
  expect(new Set(all).size).toBe(80)
  // What the killed process was about to tell is recorded, and told by no other.
  const lost = all.filter(each => !told().includes(each))
  expect(lost.length).toBeLessThan(40)
  expect(await store.budgets.check()).toEqual([])
  await store.close()
}, 60_000)
