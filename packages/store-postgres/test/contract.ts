import { storeContractCases } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import type { PostgresStoreOptions } from '../src/index.ts'
import { testSubject } from './subject.ts'

// Five cases share the server and a processor, so that a long one may take a while.
const slowest = 300_000

const applicable = storeContractCases.filter(({ needs }) => needs !== 'appendSync' && needs !== 'getSpanSync')

/**
 * Defines a test for each case of the contract.
 *
 * @param options read when the tests run
 */
export function describeContract(title: string, options: () => PostgresStoreOptions = () => ({})): void {
  describe(title, () => {
    for (const { title: fact, check } of applicable)
      test.concurrent(
        fact,
        async () => {
          const subject = await testSubject(options())
          try {
            await expect(check(subject)).resolves.toBeUndefined()
          } finally {
            await subject.store.close()
            await subject.dispose?.()
          }
        },
        slowest,
      )
  })
}
