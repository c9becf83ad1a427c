import { backgroundCases } from './background-cases.ts'
import { type OpenAIContractCase, openaiCase } from './case.ts'
import { endpointCases } from './endpoint-cases.ts'
import { failingCases } from './failing-cases.ts'
import { otherCases } from './other-cases.ts'
import { requestCases } from './request-cases.ts'
import { streamingCases } from './streaming-cases.ts'
import { wireCases } from './wire-cases.ts'

/**
 * The cases of the OpenAI contract, for any test runner: `check` takes a class of the `openai` package and a function that
 * instruments its clients, and rejects if an application observes a difference. Skip cases whose `needs` the subject lacks.
 */
export const openaiContractCases: readonly OpenAIContractCase[] = [
  ...requestCases,
  ...streamingCases,
  ...wireCases,
  ...failingCases,
  ...endpointCases,
  ...backgroundCases,
  ...otherCases,
].map(openaiCase)
