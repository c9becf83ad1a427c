import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '@runtape/testing/vitest'
import { inWorker } from '../../test/in-worker.ts'
import { sqliteStore } from '../sqlite-store.ts'

storeContract('sqliteStore whose reads run in a worker', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'runtape-sqlite-'))
  const path = join(directory, 'runtape.db')
  const open = () => inWorker(sqliteStore(path, { worker: true, search: true }))
  let store = await open()
  return {
    store,
    reopen: async () => {
      await store.close()
      store = await open()
      return store
    },
    connect: async () => open(),
    dispose: async () => {
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
})
