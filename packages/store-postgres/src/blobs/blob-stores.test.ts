import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type S3Server, startS3 } from '../../test/s3-server.ts'
import type { BlobStore } from './blob-store.ts'
import { folderBlobs } from './folder-blobs.ts'
import { s3Blobs } from './s3-blobs.ts'

const folder = mkdtempSync(join(tmpdir(), 'runtape-blobs-'))
let s3: S3Server
beforeAll(async () => {
  s3 = await startS3()
})
afterAll(async () => {
  await s3.stop()
  rmSync(folder, { recursive: true, force: true })
})

const stores: Readonly<Record<string, () => BlobStore>> = {
  folderBlobs: () => folderBlobs(folder),
  s3Blobs: () => s3Blobs(s3.options),
  's3Blobs with a prefix': () => s3Blobs({ ...s3.options, prefix: 'team a/über/' }),
}

describe.each(Object.entries(stores))('%s', (_, open) => {
  const key = () => `space/${randomBytes(16).toString('hex')}/${randomBytes(32).toString('base64url')}`

  test('returns the bytes that were put', async () => {
    const [blobs, one, body] = [open(), key(), randomBytes(300_000)]
    await blobs.put(one, body)
    await blobs.put(one, body)
    expect(Buffer.compare((await blobs.get(one)) ?? Buffer.alloc(0), body)).toBe(0)
  })

  test('an empty body is no missing one', async () => {
    const [blobs, one] = [open(), key()]
    await blobs.put(one, new Uint8Array())
    expect((await blobs.get(one))?.length).toBe(0)
  })

  test('a missing or deleted one is undefined, and is deleted again without an error', async () => {
    const [blobs, one] = [open(), key()]
    expect(await blobs.get(one)).toBeUndefined()
    await blobs.put(one, randomBytes(10))
    await blobs.delete(one)
    await blobs.delete(one)
    expect(await blobs.get(one)).toBeUndefined()
  })
})

test('folderBlobs: files are readable by their owner only, and leave no part behind', async () => {
  await folderBlobs(folder).put('space/a/one', randomBytes(10))
  expect(readdirSync(join(folder, 'space/a'))).toEqual(['one'])
  expect(statSync(join(folder, 'space/a/one')).mode & 0o777).toBe(0o600)
})

describe('s3Blobs', () => {
  test('wrong credentials and a missing bucket are errors that name the code', async () => {
    const credentials = { ...s3.options.credentials, accessKeyId: 'wrong' }
    const refused = s3Blobs({ ...s3.options, credentials }).get('a')
    await expect(refused).rejects.toThrow(/403 InvalidAccessKeyId/)
    await expect(s3Blobs({ ...s3.options, bucket: 'missing' }).get('a')).rejects.toThrow(/404 NoSuchBucket/)
  })

  test('a request is repeated after 503 and after a lost connection, and not after 403', async () => {
    let requests = 0
    const server = createServer((request, response) => {
      requests++
      if (requests === 1) response.writeHead(503).end()
      else if (requests === 2) request.socket.destroy()
      else response.writeHead(requests === 3 ? 200 : 403).end('body')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const blobs = s3Blobs({ ...s3.options, endpoint })
    expect(new TextDecoder().decode(await blobs.get('a'))).toBe('body')
    expect(requests).toBe(3)
    await expect(blobs.put('a', randomBytes(3))).rejects.toThrow('403')
    expect(requests).toBe(4)
    server.close()
  })

  test('credentials may come from a function that is called for each request', async () => {
    let calls = 0
    const credentials = async () => {
      calls++
      return s3.options.credentials
    }
    const blobs = s3Blobs({ ...s3.options, credentials })
    await blobs.put('changing', randomBytes(3))
    await blobs.get('changing')
    expect(calls).toBe(2)
  })

  test('wrong options are refused', async () => {
    expect(() => s3Blobs({ bucket: '' })).toThrow(/name of a bucket/)
    expect(() => s3Blobs({ bucket: 'a', endpoint: 'localhost:9000' })).toThrow(/must be a URL/)
  })
})
