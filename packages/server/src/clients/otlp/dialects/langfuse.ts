import { isObject } from '../../is-object.ts'
import type { Attributes } from '../wire/otel-span.ts'
import type { Dialect } from './dialect.ts'
import { jsonIn, textIn, usageOf } from './values.ts'

/** Langfuse's SDK from version 4. */
export const langfuse: Dialect = {
  name: 'Langfuse',
  read: ({ attributes }) => {
    const kind = textIn(attributes, 'langfuse.observation.type')?.toLowerCase()
    if (kind === undefined) return undefined
    const isModelCall = kind === 'generation' || kind === 'embedding'
    return {
      type: isModelCall ? 'model' : kind,
      model: textIn(attributes, 'langfuse.observation.model.name'),
      usage: isModelCall ? usageIn(attributes) : undefined,
      input: jsonIn(attributes, 'langfuse.observation.input'),
      output: jsonIn(attributes, 'langfuse.observation.output'),
    }
  },
}

/** Langfuse takes the names of each vendor. */
function usageIn(attributes: Attributes) {
  const details = jsonIn(attributes, 'langfuse.observation.usage_details')
  if (!isObject(details)) return undefined
  const of = (...names: string[]) => {
    const value = names.map(name => details[name]).find(count => typeof count === 'number')
    return typeof value === 'number' ? value : undefined
  }
  return usageOf({
    input: of('input', 'promptTokens', 'prompt_tokens', 'input_tokens'),
    output: of('output', 'completionTokens', 'completion_tokens', 'output_tokens'),
    total: of('total', 'totalTokens', 'total_tokens'),
    cachedInput: of('input_cached_tokens', 'cache_read_input_tokens'),
    reasoning: of('output_reasoning_tokens'),
  })
}
