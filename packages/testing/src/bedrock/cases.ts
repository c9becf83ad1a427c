import { type BedrockContractCase, bedrockCase } from './case.ts'
import { failingCases } from './failing-cases.ts'
import { otherCases } from './other-cases.ts'
import { requestCases } from './request-cases.ts'
import { streamingCases } from './streaming-cases.ts'

/**
 * The cases of the Bedrock contract, for any test runner: `check` takes the SDK's module and a function that instruments its
 * clients, and rejects if an application observes a difference. Skip cases whose `needs` the SDK lacks.
 */
export const bedrockContractCases: readonly BedrockContractCase[] = [
  ...requestCases,
  ...streamingCases,
  ...failingCases,
  ...otherCases,
].map(bedrockCase)
