import type { SpanRecord } from '@runtape/core'
import { type Fields, fieldsOf, known, readPayload } from '../json.ts'
import type { SpanAttributes } from './span-attributes.ts'

/** The body of a model call as sent: the only argument of the recorded call. */
export function requestBody({ input }: SpanRecord): Fields {
  const args = readPayload(input)
  return fieldsOf(Array.isArray(args) ? args[0] : undefined)
}

// Settings by attribute, under the names used by providers.
const numbers: readonly (readonly [attribute: string, ...names: string[]])[] = [
  [
    'gen_ai.request.max_tokens',
    'max_completion_tokens',
    'max_output_tokens',
    'max_tokens',
    'maxTokens',
    'maxOutputTokens',
  ],
  ['gen_ai.request.temperature', 'temperature'],
  ['gen_ai.request.top_p', 'top_p', 'topP'],
  ['gen_ai.request.top_k', 'top_k', 'topK'],
  ['gen_ai.request.frequency_penalty', 'frequency_penalty', 'frequencyPenalty'],
  ['gen_ai.request.presence_penalty', 'presence_penalty', 'presencePenalty'],
  ['gen_ai.request.seed', 'seed'],
  ['gen_ai.embeddings.dimension.count', 'dimensions', 'outputDimensionality', 'output_dimension'],
]

/** The request settings, without content. */
export function requestAttributes(body: Fields): SpanAttributes {
  const settings: Fields = {
    ...body,
    ...fieldsOf(body.inferenceConfig),
    ...fieldsOf(body.generationConfig),
    ...fieldsOf(body.config),
  }
  const { effort } = fieldsOf(settings.reasoning)
  const {
    stop = settings.stopSequences ?? settings.stop_sequences,
    n,
    stream,
    reasoning_effort: level = effort,
  } = settings
  return known({
    'gen_ai.request.model': requestModel(body),
    ...Object.fromEntries(numbers.map(([attribute, ...names]) => [attribute, firstNumber(settings, names)])),
    'gen_ai.request.stop_sequences': texts(stop),
    'gen_ai.request.encoding_formats': texts(settings.encoding_format ?? settings.embedding_types),
    'gen_ai.request.choice.count': typeof n === 'number' && n !== 1 ? n : undefined,
    'gen_ai.request.stream': stream === true ? true : undefined,
    'gen_ai.request.reasoning.level': typeof level === 'string' ? level : undefined,
  })
}

export function requestModel({ model, modelId }: Fields): string | undefined {
  return [model, modelId].find(name => typeof name === 'string')
}

const firstNumber = (settings: Fields, names: readonly string[]): unknown =>
  names.map(name => settings[name]).find(value => typeof value === 'number')

function texts(value: unknown): string[] | undefined {
  const list = typeof value === 'string' ? [value] : value
  return Array.isArray(list) ? list.filter(text => typeof text === 'string') : undefined
}
