import { routes } from '@runtape/store-http/wire'
import { memoryStore, storeContractCases } from '@runtape/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { checkingFetch } from '../../test/checking-fetch.ts'
import { overHttp } from '../../test/serve.ts'

describe('every response that the contract gets over HTTP is as the document says', () => {
  const returned = new Set<string>()

  for (const { title, needs, check } of storeContractCases)
    if (needs === undefined)
      test.concurrent(title, async ({ expect }) => {
        const checking = checkingFetch()
        const subject = await overHttp({ store: memoryStore() }, checking.fetch)
        await check(subject)
        await subject.dispose?.()
        expect(checking.problems).toEqual([])
        for (const name of checking.returned) returned.add(name)
      })

  // So that no schema passes because nothing came.
  afterAll(() => {
    const silent = ['testRuns.putVerdict', 'budgets.put', 'health.report']
    expect(Object.keys(routes).filter(name => !returned.has(name))).toEqual(silent)
  })
})
