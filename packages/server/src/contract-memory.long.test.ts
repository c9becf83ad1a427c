import { memoryStore, storeContractCases } from '@runtape/testing'
import { describe, test } from 'vitest'
import { overHttp } from '../test/serve.ts'

describe('httpStore keeps the Store contract over a memory store', () => {
  for (const { title, needs, check } of storeContractCases)
    if (needs === undefined)
      test.concurrent(title, async ({ expect }) => {
        const subject = await overHttp({ store: memoryStore() })
        await expect(check(subject)).resolves.toBeUndefined()
        await subject.dispose?.()
      })
})
