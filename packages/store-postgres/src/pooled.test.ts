import { storeContractCases } from '@runtape/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testServer } from '../test/server.ts'
import { testSubject } from '../test/subject.ts'
import { TransactionPooler } from '../test/transaction-pooler.ts'

// Some cases of each kind: all of them run on a pool of connections.
const kinds =
  /^(connections|revision: covers|append: (a|text|every)|runs\.list: pages (contain|by)|traces\.list: pages|history: later|usage: grouped)/
const cases = storeContractCases.filter(
  ({ title, needs }) => kinds.test(title) && (!needs || needs === 'connect'),
)

describe('through a pooler in transaction mode', () => {
  let pooler: TransactionPooler
  beforeAll(async () => {
    pooler = await TransactionPooler.open(await testServer(), 3)
  })
  afterAll(() => pooler.end())

  for (const { title, check } of cases)
    test(title, async () => {
      const subject = await testSubject({ pool: pooler, statementTimeoutMs: 30_000 })
      try {
        await check(subject)
      } finally {
        await subject.store.close()
        await subject.dispose?.()
      }
      expect(await pooler.leftovers()).toEqual([])
    }, 300_000)

  test('a statement that would remain in a session is noticed', async () => {
    const client = await pooler.connect()
    await expect(client.query({ text: 'SET search_path = a' })).rejects.toThrow('remains in a session')
    await expect(client.query({ text: 'SELECT pg_advisory_lock(1)' })).rejects.toThrow('remains in a session')
  })
})
