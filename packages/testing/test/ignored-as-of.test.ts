import type { Store } from '@runtape/core/store'
import { describe, expect, test } from 'vitest'
import { storeContractCases } from '../src/contract/cases.ts'
import { pastReads } from '../src/contract/history/past.ts'
import { memoryStore } from '../src/memory-store.ts'

type Method = (...args: readonly unknown[]) => unknown

/** An argument without `asOf`. */
function withoutAsOf(arg: unknown): unknown {
  if (typeof arg !== 'object' || arg === null || !('asOf' in arg)) return arg
  const { asOf: _, ...rest } = arg
  return rest
}

/** A memory store that ignores `asOf` for one read: `runs.list`. */
function ignoring(read: string): Store {
  const store = memoryStore()
  const [part = '', name] = read.split('.')
  const ignore =
    (of: Method): Method =>
    (...args) =>
      of(...args.map(withoutAsOf))
  const methods = store as unknown as Record<string, Method & Record<string, Method>>
  const own = methods[part] as Method & Record<string, Method>
  const changed = name === undefined ? ignore(own) : { ...own, [name]: ignore(own[name] as Method) }
  return { ...store, [part]: changed } as Store
}

describe('the contract detects a store that ignores asOf', () => {
  test.each(pastReads.map(({ name }) => name))('in %s', async name => {
    const [read = ''] = name.split(' ')
    const own = storeContractCases.find(({ title }) => title.startsWith(`asOf: ${name} returns`))
    await expect(own?.check({ store: memoryStore() })).resolves.toBeUndefined()
    await expect(own?.check({ store: ignoring(read) })).rejects.toThrow()
  })
})
