import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { anthropicContractCases } from '../src/anthropic/cases.ts'
import { brokenWrappers } from './broken-anthropic.ts'
import { brokenPromises } from './broken-promises.ts'

// The SDK logs data that it cannot parse.
beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))
afterAll(() => vi.restoreAllMocks())

describe('the Anthropic contract detects a wrapper that', () => {
  test.concurrent.each(brokenWrappers)('$does', async ({ instrument, breaks, hangs }) => {
    const found = await brokenPromises(anthropicContractCases, { Anthropic, instrument }, hangs)
    expect(found).toEqual(expect.arrayContaining([...breaks]))
  })
})

test('the Anthropic contract accepts an unchanged client', async () => {
  const subject = { Anthropic, instrument: (client: Anthropic) => client }
  expect(await brokenPromises(anthropicContractCases, subject)).toEqual([])
})
