import { storeContractCases } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { testSubject } from '../../store-postgres/test/subject.ts'
import { overHttp } from '../test/serve.ts'

describe('httpStore keeps the Store contract over Postgres', () => {
  for (const { title, needs, check } of storeContractCases)
    if (needs !== 'appendSync' && needs !== 'getSpanSync')
      test.concurrent(title, async () => {
        const subject = await overHttp(await testSubject())
        await check(subject)
        await subject.dispose?.()
        expect(subject.store).toBeDefined()
      }, 300_000)
})
