import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { BlobStore } from './blob-store.ts'

/**
 * Keeps large inputs and outputs as files of a folder, which all processes of the store must share. Files are readable by
 * their owner only. For several machines use a bucket: `s3Blobs`.
 *
 * @param folder created if it is missing
 *
 * @example
 * ```ts
 * import { folderBlobs, postgresStore } from '@runtape/store-postgres'
 *
 * const store = postgresStore({
 *   connectionString: 'postgres://app@localhost/app',
 *   blobs: folderBlobs('/var/lib/app/blobs'),
 * })
 * ```
 */
export function folderBlobs(folder: string): BlobStore {
  const root = resolve(folder)
  const pathOf = (key: string) => join(root, key)
  return {
    put: async (key, body) => {
      const path = pathOf(key)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const part = `${path}.${randomBytes(6).toString('hex')}.part`
      try {
        await writeDurably(part, body)
        await rename(part, path)
      } catch (error) {
        await rm(part, { force: true })
        throw error
      }
    },
    get: async key => {
      try {
        return await readFile(pathOf(key))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    delete: async key => rm(pathOf(key), { force: true }),
  }
}

async function writeDurably(path: string, body: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(body)
    await file.sync()
  } finally {
    await file.close()
  }
}
