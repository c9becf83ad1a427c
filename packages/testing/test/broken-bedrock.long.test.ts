import * as sdk from '@aws-sdk/client-bedrock-runtime'
import { describe, expect, test } from 'vitest'
import { bedrockContractCases } from '../src/bedrock/cases.ts'
import { brokenWrappers } from './broken-bedrock.ts'
import { brokenPromises } from './broken-promises.ts'

describe('the contract detects a wrapper that', () => {
  test.concurrent.each(brokenWrappers)('$does', async ({ instrument, breaks, hangs }) => {
    const found = await brokenPromises(bedrockContractCases, { sdk, instrument }, hangs)
    expect(found).toEqual(expect.arrayContaining([...breaks]))
    expect(found.length).toBeLessThan(bedrockContractCases.length)
  })
})

test('the contract accepts an unchanged client', async () => {
  const subject = { sdk, instrument: (client: object) => client }
  // Few at a time: on a busy machine Node 22 does not always report why an HTTP/2 stream broke.
  expect(await brokenPromises(bedrockContractCases, subject, undefined, 2)).toEqual([])
})
