import { askingCases } from './asking-cases.ts'
import { backgroundCases } from './background-cases.ts'
import { type OpenAIContractCase, openaiCase } from './case.ts'
import { endpointCases } from './endpoint-cases.ts'
import { failingCases } from './failing-cases.ts'
import { otherCases } from './other-cases.ts'
import { streamingCases } from './streaming-cases.ts'
import { wireCases } from './wire-cases.ts'

/**
 * The promises of the OpenAI contract, for any test runner: `check` takes a class of the `openai` package and a
 * function that instruments its clients, and rejects when an application sees a difference. Cases whose `needs` the
 * subject lacks do not apply.
 */
export const openaiContractCases: readonly OpenAIContractCase[] = [
  ...askingCases,
  ...streamingCases,
  ...wireCases,
  ...failingCases,
  ...endpointCases,
  ...backgroundCases,
  ...otherCases,
].map(openaiCase)
