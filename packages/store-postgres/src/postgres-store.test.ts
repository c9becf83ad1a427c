import { storeContractCases } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { notYet } from '../test/not-yet.ts'
import { testSubject } from '../test/subject.ts'

// Five cases share the server and a processor, so that a long one may take a while.
const slowest = 300_000

// The cases that are listed in test/not-yet.ts must fail: a change that builds a part removes its cases from the list.
describe('postgresStore keeps the Store contract', () => {
  const applicable = storeContractCases.filter(
    ({ needs }) => needs !== 'appendSync' && needs !== 'getSpanSync',
  )
  for (const { title, check } of applicable)
    test.concurrent(
      title,
      async () => {
        const subject = await testSubject()
        const result = await check(subject).then(
          () => undefined,
          (error: unknown) => error,
        )
        await subject.store.close()
        await subject.dispose?.()
        if (notYet.has(title)) expect(result, 'passes now: remove it from test/not-yet.ts').toBeDefined()
        else if (result !== undefined) throw result
        else expect(result).toBeUndefined()
      },
      slowest,
    )

  test('each case in test/not-yet.ts exists', () => {
    const titles = new Set(applicable.map(({ title }) => title))
    expect([...notYet].filter(title => !titles.has(title))).toEqual([])
  })
})
