/**
 * Where large inputs and outputs are kept outside the database, such as a bucket of S3. A key is a path of letters, digits,
 * `-`, `_` and `/`, and always has the same content.
 *
 * @example
 * ```ts
 * import type { BlobStore } from '@runtape/store-postgres'
 *
 * const kept = new Map<string, Uint8Array>()
 * const blobs: BlobStore = {
 *   put: async (key, body) => void kept.set(key, body),
 *   get: async key => kept.get(key),
 *   delete: async key => void kept.delete(key),
 * }
 * ```
 */
export interface BlobStore {
  /** Resolves when the body is durable. May replace an equal one. */
  put(key: string, body: Uint8Array): Promise<void>
  /** `undefined` if there is none. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Resolves also if there is none. */
  delete(key: string): Promise<void>
}
