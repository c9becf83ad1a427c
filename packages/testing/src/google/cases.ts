import { type GoogleContractCase, googleCase } from './case.ts'
import { failingCases } from './failing-cases.ts'
import { otherCases } from './other-cases.ts'
import { requestCases } from './request-cases.ts'
import { streamCases } from './stream-cases.ts'
import { wireCases } from './wire-cases.ts'

/**
 * The cases of the Google contract, for any test runner: `check` takes a class of `@google/genai` and a function that instruments
 * its clients, and rejects if an application observes a difference. Skip cases whose `needs` the version of the SDK lacks.
 */
export const googleContractCases: readonly GoogleContractCase[] = [
  ...requestCases,
  ...streamCases,
  ...wireCases,
  ...failingCases,
  ...otherCases,
].map(googleCase)
