import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeContract } from '@runtape/testing/vitest'
import { sqliteStore } from './sqlite-store.ts'

storeContract('sqliteStore', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'runtape-sqlite-'))
  const path = join(directory, 'runtape.db')
  let store = sqliteStore(path, { search: true })
  return {
    store,
    reopen: async () => {
      await store.close()
      store = sqliteStore(path, { search: true })
      return store
    },
    connect: async () => sqliteStore(path, { search: true }),
    dispose: async () => {
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
})
