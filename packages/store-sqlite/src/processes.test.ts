import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { AppendReceipt } from '@runtape/core/store'
import { describe, expect, test } from 'vitest'
import { nextMessage, startChild } from '../test/children.ts'
import { scratchDirectory } from '../test/scratch.ts'
import { sqliteStore } from './sqlite-store.ts'

const sum = (receipts: readonly AppendReceipt[], field: 'accepted' | 'duplicates' | 'conflicts'): number =>
  receipts.reduce((total, receipt) => total + receipt[field], 0)

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('nothing happened for 15 s')
    await setTimeout(5)
  }
}

describe('several processes on one file', () => {
  test('that write the same events leave exactly one row per event', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const children = ['1', '2', '3', '4'].map(writer => startChild('writer.mjs', [path, writer, '500']))
    await Promise.all(children.map(nextMessage))
    const results = children.map(nextMessage)
    for (const child of children) child.send('go')
    const receipts = (await Promise.all(results)).flat() as AppendReceipt[]

    // Odd events have the same value in every process; even ones have different values.
    expect(sum(receipts, 'accepted')).toBe(500)
    expect(sum(receipts, 'duplicates')).toBe(750)
    expect(sum(receipts, 'conflicts')).toBe(750)
    const store = sqliteStore(path)
    const runs = (await store.runs.list({ limit: 1000 })).items
    await store.close()
    expect(runs.map(run => run.events.length)).toEqual(Array.from({ length: 500 }, () => 1))
  })

  test('lose nothing that appendSync returned for, however often they are killed', async () => {
    const directory = scratchDirectory()
    const [path, log] = [join(directory, 'runtape.db'), join(directory, 'side.log')]
    const logged = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : [])
    for (const name of ['first', 'second', 'third']) {
      const before = logged().length
      const child = startChild('logged-writer.mjs', [path, log, name])
      await until(() => logged().length >= before + 100)
      child.kill('SIGKILL')
      await once(child, 'exit')
    }

    const store = sqliteStore(path)
    const kept = new Set((await store.runs.list({ limit: 1_000_000 })).items.map(run => run.runId))
    await store.close()
    const acknowledged = logged()
    expect(acknowledged.length).toBeGreaterThanOrEqual(300)
    expect(acknowledged.filter(runId => !kept.has(runId))).toEqual([])
    // Each process may have been killed after an event was stored and before it was logged.
    expect(kept.size - acknowledged.length).toBeLessThanOrEqual(3)
  })

  test('read whole batches or nothing of them while another process writes', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const child = startChild('trace-writer.mjs', [path])
    await nextMessage(child)
    const store = sqliteStore(path)
    const sizes = new Set<number | undefined>()
    const seen = new Set<string>()
    await until(() => existsSync(path))
    for (const deadline = Date.now() + 15_000; seen.size < 50 && Date.now() < deadline; await setTimeout(1)) {
      for (const { traceId } of (await store.traces.list({ limit: 5 })).items) {
        seen.add(traceId)
        sizes.add((await store.traces.get(traceId))?.spans.length)
      }
    }
    await store.close()
    expect(seen.size).toBeGreaterThanOrEqual(50)
    expect([...sizes]).toEqual([2])
  })
})
