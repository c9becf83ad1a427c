import type { Dialect } from './dialect.ts'
import { jsonIn, listUnder, numberIn, textIn, usageOf } from './values.ts'

/** OpenInference, the conventions of Arize and Phoenix. */
export const openInference: Dialect = {
  name: 'OpenInference',
  read: ({ attributes }) => {
    const kind = textIn(attributes, 'openinference.span.kind')?.toUpperCase()
    if (kind === undefined) return undefined
    const isModelCall = kind === 'LLM' || kind === 'EMBEDDING'
    const count = (name: string) => numberIn(attributes, `llm.token_count.${name}`)
    const input = count('prompt')
    return {
      type: isModelCall ? 'model' : kind.toLowerCase(),
      model: textIn(attributes, 'llm.model_name', 'embedding.model_name'),
      provider: textIn(attributes, 'llm.provider', 'llm.system'),
      usage: isModelCall
        ? usageOf({
            input,
            output: count('completion') ?? (kind === 'EMBEDDING' && input !== undefined ? 0 : undefined),
            total: count('total'),
            cachedInput: count('prompt_details.cache_read'),
            cacheWrite: count('prompt_details.cache_write'),
            inputAudio: count('prompt_details.audio'),
            reasoning: count('completion_details.reasoning'),
            outputAudio: count('completion_details.audio'),
          })
        : undefined,
      input: listUnder(attributes, 'llm.input_messages') ?? jsonIn(attributes, 'input.value'),
      output: listUnder(attributes, 'llm.output_messages') ?? jsonIn(attributes, 'output.value'),
    }
  },
}
