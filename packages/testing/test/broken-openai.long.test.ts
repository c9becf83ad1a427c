import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Application, checkAlike } from '../src/host/differential.ts'
import { openaiContractCases } from '../src/openai/cases.ts'
import { brokenWrappers } from './broken-openai.ts'
import { brokenPromises } from './broken-promises.ts'

// The SDK logs data that it cannot parse.
beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))
afterAll(() => vi.restoreAllMocks())

const timeFormat = () => ({ type: 'json_schema', json_schema: { name: 'time', schema: {} } })

const subjectOf = (instrument: (client: OpenAI) => object) => ({ OpenAI, instrument, timeFormat })

describe('the contract detects a wrapper that', () => {
  test.concurrent.each(brokenWrappers)('$does', async ({ instrument, breaks, hangs }) => {
    const found = await brokenPromises(openaiContractCases, subjectOf(instrument), hangs)
    expect(found).toEqual(expect.arrayContaining([...breaks]))
    // Otherwise the cases detect more than this one defect.
    expect(found.length).toBeLessThan(openaiContractCases.length / 2)
  })
})

test('the contract accepts an unchanged client', async () => {
  expect(
    await brokenPromises(
      openaiContractCases,
      subjectOf(client => client),
    ),
  ).toEqual([])
})

describe('two clients', () => {
  const host = { url: '', requests: [], answer: () => {}, close: async () => {} }
  const application = (requests: string[]): Application => {
    const observe = async (client: object) =>
      'hangs' in client ? new Promise<never>(() => {}) : { result: 'the same', requests }
    return { isSilent: undefined, host, newClient: () => ({}), observe }
  }

  test('are waited for at most ten seconds if one never returns', async () => {
    vi.useFakeTimers()
    const compared = checkAlike(application(['one']), { instrument: () => ({ hangs: true }) })
    const told = expect(compared).rejects.toThrow('With the instrumented client the application was not done')
    await vi.advanceTimersByTimeAsync(10_000)
    await told
    vi.useRealTimers()
  })

  test('that both reach no host do not count as equal', async () => {
    const same = { instrument: (client: object) => client }
    const compared = checkAlike(application([]), same)
    await expect(compared).rejects.toThrow('Nothing of the bare client reaches the host')
    await checkAlike({ ...application([]), isSilent: true }, same)
  })

  test('are disposed of whatever the outcome', async () => {
    const dispose = vi.fn()
    const broken = { instrument: () => Promise.reject(new Error('no')), dispose }
    await expect(checkAlike(application(['one']), broken)).rejects.toThrow('no')
    expect(dispose).toHaveBeenCalledOnce()
  })
})
