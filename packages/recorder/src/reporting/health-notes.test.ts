import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Logger } from '@runtape/core'
import type { HealthCount, Store } from '@runtape/core/store'
import { sqliteStore } from '@runtape/store-sqlite'
import { memoryStore, runEvent, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { freshFile } from '../../test/fresh-file.ts'
import { createRecorder } from '../create-recorder.ts'

const logger: Logger = { warn: () => {} }
const remote = (store: Store): Store => {
  const { appendSync: _, health, ...rest } = store
  return { ...rest, health: { get: health.get, report: health.report } }
}
const told = async (store: Store): Promise<readonly HealthCount[]> => (await store.health.get()).counts
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const stripFlags = major === 22 && minor < 18 ? ['--experimental-strip-types'] : []
const kinds = async (store: Store) => (await told(store)).map(({ kind, count }) => [kind, count])

const file = freshFile('runtape.db')

describe('a recorder tells its store', () => {
  test('which spans it dropped, and what it rejected, once', async () => {
    const store = memoryStore()
    const recorder = createRecorder({ store: remote(store), logger, maxSpans: 2 })
    for (let spans = 0; spans < 5; spans++) recorder.append(span())
    recorder.append({ ...runEvent(), metric: 'unknown' } as never)
    recorder.append(null as never)
    await recorder.flush()
    await recorder.flush()
    expect(await kinds(store)).toEqual([
      ['dropped-span', 3],
      ['rejected', 2],
    ])
    recorder.append({ ...runEvent(), metric: 'unknown' } as never)
    await recorder.close()
    const [dropped, rejected] = await told(store)
    expect([dropped?.count, dropped?.samples.length]).toEqual([3, 3])
    expect(rejected?.count).toBe(3)
    expect(rejected?.samples.map(({ reason }) => reason).join()).toContain('metric')
  })

  test('once, although the answer to its report was lost', async () => {
    const store = memoryStore()
    let reports = 0
    const flaky: Store = {
      ...remote(store),
      health: {
        get: store.health.get,
        report: async report => {
          await store.health.report(report)
          if (++reports === 1) throw new Error('connection reset')
        },
      },
    }
    const recorder = createRecorder({ store: flaky, logger, maxSpans: 1 })
    recorder.append(span())
    recorder.append(span())
    await recorder.flush()
    recorder.append(span())
    recorder.append(span())
    await recorder.close()
    expect(reports).toBe(2)
    expect(await kinds(store)).toEqual([['dropped-span', 2]])
    expect((await told(store))[0]?.samples).toHaveLength(2)
  })

  test('together with others', async () => {
    const store = memoryStore()
    for (const _ of [1, 2]) {
      const recorder = createRecorder({ store, logger, maxSpans: 1 })
      for (let spans = 0; spans < 3; spans++) recorder.append(span())
      await recorder.close()
    }
    expect(await kinds(store)).toEqual([['dropped-span', 4]])
  })

  test('nothing, and works, if the store has no such part', async () => {
    const store = memoryStore()
    const { health: _, ...old } = store
    const recorder = createRecorder({ store: old as Store, logger, maxSpans: 1 })
    recorder.append(span())
    recorder.append(span())
    await recorder.close()
    expect(await kinds(store)).toEqual([])
  })

  test.each(['return', 'exit', 'throw'])('when its process ends by %s', async ending => {
    const { path } = file
    const script = fileURLToPath(new URL('../../test/children/drops-and-ends.ts', import.meta.url))
    spawnSync(process.execPath, [...stripFlags, script, path, ending], { stdio: 'ignore' })
    const store = sqliteStore(path, { worker: false })
    expect(await kinds(store)).toEqual([
      ['dropped-span', 4],
      ['rejected', 1],
    ])
    await store.close()
  })
})
