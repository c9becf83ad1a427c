import { type Fields, fieldsOf } from '@runtape/provider'
import type { Endpoint } from '@runtape/provider/http'
import { failureIn } from '../told-usage.ts'
import { endpointAt } from './whole-answers.ts'

/** `POST /embeddings`. Some hosts report only the total, which is all input. */
export const embeddings: Endpoint = endpointAt('/embeddings', {
  facts: answer => ({ usage: withInput(answer.usage), model: answer.model, error: failureIn(answer) }),
})

function withInput(usage: unknown): unknown {
  const { prompt_tokens, input_tokens, total_tokens } = fieldsOf(usage) as Fields
  const isTotalAlone = prompt_tokens === undefined && input_tokens === undefined && total_tokens !== undefined
  return isTotalAlone ? { ...fieldsOf(usage), prompt_tokens: total_tokens } : usage
}
