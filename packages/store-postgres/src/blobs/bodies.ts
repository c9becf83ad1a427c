import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { decodeText, encodeText } from '@runtape/core/store-helpers'
import pLimit from 'p-limit'
import type { BlobStore } from './blob-store.ts'

const [compress, decompress] = [promisify(gzip), promisify(gunzip)]

/** Half the time of level 6, and objects that are 7 % larger. */
const level = 3

/** Requests at a time. */
const mostAtOnce = 8

export const hashOfJson = (json: string): string => hash('sha256', encodeText(json), 'base64url')

/** The bodies in a blob store: compressed, and checked by their hash when they are read. */
export class Bodies {
  readonly #blobs: BlobStore
  readonly #timeoutMs: number
  readonly #limit = pLimit(mostAtOnce)

  constructor(blobs: BlobStore, timeoutMs: number) {
    this.#blobs = blobs
    this.#timeoutMs = timeoutMs
  }

  /** @throws {RuntapeError} `store-unusable` */
  async put(key: string, json: string): Promise<void> {
    await this.#limit(async () => {
      const body = await compress(encodeText(json), { level })
      await this.#asked('put', key, () => this.#blobs.put(key, body))
    })
  }

  /** @throws {RuntapeError} `store-unusable`; `damaged-record` if the object is missing or has another content */
  async get(key: string, expectedHash: string): Promise<string> {
    return this.#limit(async () => {
      const body = await this.#asked('get', key, () => this.#blobs.get(key))
      if (body === undefined) throw damaged(key, 'is missing')
      const json = await textOf(body, key)
      if (hashOfJson(json) !== expectedHash) throw damaged(key, 'has another content than was written')
      return json
    })
  }

  /** @throws {RuntapeError} `store-unusable` */
  async delete(key: string): Promise<void> {
    await this.#limit(() => this.#asked('delete', key, () => this.#blobs.delete(key)))
  }

  async #asked<T>(method: string, key: string, ask: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      const error = new Error(`no answer within ${this.#timeoutMs} ms`)
      timer = setTimeout(reject, this.#timeoutMs, error)
    })
    try {
      return await Promise.race([ask(), timeout])
    } catch (error) {
      throw new RuntapeError(
        'store-unusable',
        `The blob store failed: ${method} "${key}": ${messageOf(error)}. Check that it is reachable and that its credentials allow this, then try again.`,
        { cause: error },
      )
    } finally {
      clearTimeout(timer)
    }
  }
}

async function textOf(body: Uint8Array, key: string): Promise<string> {
  try {
    return decodeText((await decompress(body)).toString())
  } catch (error) {
    throw damaged(key, `cannot be decompressed (${messageOf(error)})`)
  }
}

const damaged = (key: string, problem: string): RuntapeError =>
  new RuntapeError(
    'damaged-record',
    `The object "${key}" of the blob store ${problem}. Restore it from a version or backup of the bucket; until then the spans that contain it cannot be read.`,
  )
