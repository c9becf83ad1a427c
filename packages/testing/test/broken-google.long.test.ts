import { GoogleGenAI } from '@google/genai'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { googleContractCases } from '../src/google/cases.ts'
import { brokenWrappers } from './broken-google.ts'
import { brokenPromises } from './broken-promises.ts'

// The SDK warns about answers with more than text.
beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => {}))
afterAll(() => vi.restoreAllMocks())

// Sequential, because one case observes the global dispatcher of the process.
const lanes = 1

describe('the Google contract detects a wrapper that', () => {
  test.each(brokenWrappers)('$does', async ({ instrument, breaks, hangs }) => {
    const found = await brokenPromises(googleContractCases, { GoogleGenAI, instrument }, hangs, lanes)
    expect(found).toEqual(expect.arrayContaining([...breaks]))
  })
})

test('the Google contract accepts an unchanged client', async () => {
  const subject = { GoogleGenAI, instrument: (client: GoogleGenAI) => client }
  expect(await brokenPromises(googleContractCases, subject, undefined, lanes)).toEqual([])
})
