import { setTimeout as sleep } from 'node:timers/promises'
import type { SpanRecord } from '@runtape/core'
import { span } from '@runtape/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type S3Server, startS3 } from '../../test/s3-server.ts'
import { testSubject } from '../../test/subject.ts'
import { s3Blobs } from './s3-blobs.ts'

let s3: S3Server
beforeAll(async () => {
  s3 = await startS3()
})
afterAll(() => s3.stop())

const spanOf = (index: number): SpanRecord =>
  span({ input: { json: JSON.stringify(`${index} `.repeat(30_000)) } })

test('the server of the bucket is killed three times during uploads: every span is kept, once and whole', async () => {
  const { store, dispose } = await testSubject({ blobs: s3Blobs(s3.options) })
  const spans = Array.from({ length: 60 }, (_, index) => spanOf(index))
  const appending = Promise.all(spans.map(one => appendUntilAccepted(store, one)))
  for (let kill = 0; kill < 3; kill++) {
    await sleep(150)
    await s3.kill()
    await sleep(150)
    await s3.restart()
  }
  await appending
  for (const one of spans) expect(await store.traces.getSpan(one.traceId, one.spanId)).toEqual(one)
  expect((await store.traces.list({ limit: 100 })).items).toHaveLength(60)
  await dispose?.()
}, 60_000)

/** As a recorder: what failed is sent again. */
async function appendUntilAccepted(
  store: Awaited<ReturnType<typeof testSubject>>['store'],
  one: SpanRecord,
): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const receipt = await store.append([one]).catch(() => undefined)
    if (receipt) return
    await sleep(50)
  }
  throw new Error('never accepted')
}
