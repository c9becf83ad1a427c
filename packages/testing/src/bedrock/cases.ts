import { askingCases } from './asking-cases.ts'
import { type BedrockContractCase, bedrockCase } from './case.ts'
import { failingCases } from './failing-cases.ts'
import { otherCases } from './other-cases.ts'
import { streamingCases } from './streaming-cases.ts'

/**
 * The promises of the Bedrock contract, for any test runner: `check` takes the SDK's module and a function that
 * instruments its clients, and rejects when an application sees a difference. Cases whose `needs` the SDK lacks do not
 * apply.
 */
export const bedrockContractCases: readonly BedrockContractCase[] = [
  ...askingCases,
  ...streamingCases,
  ...failingCases,
  ...otherCases,
].map(bedrockCase)
