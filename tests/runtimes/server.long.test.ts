// The server runs in Cloudflare's workerd as in Node.
import { httpStore } from '@runtape/store-http'
import { storeContractCases } from '@runtape/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWorkerd, type Workerd } from './support/workerd.ts'

let workerd: Workerd
beforeAll(async () => {
  workerd = await startWorkerd(new URL('server-worker.ts', import.meta.url))
})
afterAll(() => workerd.close())

describe('httpStore keeps the Store contract over a memory store in workerd', () => {
  for (const { title, needs, check } of storeContractCases)
    if (needs === undefined)
      test.concurrent(title, async () => {
        const response = await fetch(`${workerd.url}/new`, { method: 'POST' })
        const { key } = (await response.json()) as { readonly key: string }
        await check({ store: httpStore({ url: workerd.url, key }) })
        expect(key).toMatch(/^rt_/)
      })
})
