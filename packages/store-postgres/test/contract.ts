import { storeContractCases } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import type { PostgresStoreOptions } from '../src/index.ts'
import { notYet } from './not-yet.ts'
import { testSubject } from './subject.ts'

// Five cases share the server and a processor, so that a long one may take a while.
const slowest = 300_000

const applicable = storeContractCases.filter(({ needs }) => needs !== 'appendSync' && needs !== 'getSpanSync')

/**
 * Defines a test for each case of the contract. The cases that are listed in not-yet.ts must fail: a change that builds a
 * part removes its cases from the list.
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
          const result = await check(subject).then(
            () => undefined,
            (error: unknown) => error,
          )
          await subject.store.close()
          await subject.dispose?.()
          if (notYet.has(fact)) expect(result, 'passes now: remove it from test/not-yet.ts').toBeDefined()
          else if (result !== undefined) throw result
          else expect(result).toBeUndefined()
        },
        slowest,
      )

    test('each case in test/not-yet.ts exists', () => {
      const titles = new Set(applicable.map(one => one.title))
      expect([...notYet].filter(one => !titles.has(one))).toEqual([])
    })
  })
}
