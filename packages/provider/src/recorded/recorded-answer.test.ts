import { expect, test } from 'vitest'
import type { HttpProvider } from '../transport/http-provider.ts'
import { headersToKeep } from './recorded-answer.ts'

const headers = new Headers({
  'content-type': 'application/json',
  'retry-after': '2',
  'retry-after-ms': '1500',
  'x-vendor': 'kept by its provider',
  'set-cookie': 'session=1',
  authorization: 'Bearer token',
})

test('the headers that are kept are those that a replay needs, and those that the provider names', () => {
  const needed = { 'content-type': 'application/json', 'retry-after': '2', 'retry-after-ms': '1500' }
  expect(headersToKeep({} as HttpProvider, headers)).toEqual(needed)
  const provider: Partial<HttpProvider> = { keepsHeader: name => name === 'x-vendor' }
  expect(headersToKeep(provider as HttpProvider, headers)).toEqual({
    ...needed,
    'x-vendor': 'kept by its provider',
  })
})
