import { statSync } from 'node:fs'
import { join } from 'node:path'
import { realDelay } from '@runtape/core/internal'
import { span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { nextMessage, startChild } from '../../test/children.ts'
import { inWorker } from '../../test/in-worker.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'
import type { SqliteStore } from '../store-in-sqlite.ts'

const megabyte = 2 ** 20

async function write(store: SqliteStore, megabytes: number): Promise<void> {
  for (let index = 0; index < megabytes; index++) {
    await store.append([span({ output: { json: `"${'x'.repeat(megabyte)}"` } })])
    await realDelay(5)
  }
}

/** Resolves once the log is no larger than this. */
async function logShrinks(path: string, bytes: number): Promise<void> {
  while (logSize(path) > bytes) await realDelay(10)
}

const logSize = (path: string): number => statSync(`${path}-wal`).size

describe('the log', () => {
  test('grows while another process reads, and is truncated after the read', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const store = await inWorker(sqliteStore(path, { worker: true }))
    await write(store, 2)
    const reader = startChild('reader.mjs', [path])
    await nextMessage(reader)
    await write(store, 30)
    expect(logSize(path)).toBeGreaterThan(30 * megabyte)
    reader.send('stop')
    await logShrinks(path, 4 * megabyte)
    await store.close()
  })

  test('stays short during many writes with occasional reads of other processes', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const store = await inWorker(sqliteStore(path, { worker: true }))
    for (let round = 0; round < 3; round++) {
      const reader = startChild('reader.mjs', [path])
      await nextMessage(reader)
      await write(store, 10)
      reader.send('stop')
      await nextMessage(reader)
      await write(store, 10)
    }
    await logShrinks(path, 4 * megabyte)
    expect(statSync(path).size).toBeGreaterThan(50 * megabyte)
    await store.close()
  })
})
