import { type GoogleContractCase, googleCase } from './case.ts'
import { failingCases } from './failing-cases.ts'
import { otherCases } from './other-cases.ts'
import { requestCases } from './request-cases.ts'
import { streamCases } from './stream-cases.ts'
import { wireCases } from './wire-cases.ts'

/**
 * The promises of the Google contract, for any test runner: `check` takes a class of `@google/genai` and a function
 * that instruments its clients, and rejects when an application sees a difference. Cases whose `needs` the version of
 * the SDK lacks do not apply.
 */
export const googleContractCases: readonly GoogleContractCase[] = [
  ...requestCases,
  ...streamCases,
  ...wireCases,
  ...failingCases,
  ...otherCases,
].map(googleCase)
