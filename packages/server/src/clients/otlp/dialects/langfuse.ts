import { isObject } from '../../is-object.ts'
import type { Attributes, OtelSpan } from '../wire/otel-span.ts'
import { usageOf } from './attributes/usage.ts'
import { jsonIn, textIn } from './attributes/values.ts'
import type { Dialect } from './dialect.ts'

/** Langfuse's SDK from version 4. */
export const langfuse: Dialect = {
  name: 'Langfuse',
  read: span => {
    const { attributes } = span
    const kind = textIn(attributes, 'langfuse.observation.type')?.toLowerCase()
    if (kind === undefined) return undefined
    const isModelCall = kind === 'generation' || kind === 'embedding'
    return {
      type: isModelCall ? 'model' : kind,
      input: withoutFrame(jsonIn(attributes, 'langfuse.observation.input')),
      output: jsonIn(attributes, 'langfuse.observation.output'),
      failure: failureIn(attributes),
      ...(isModelCall && {
        model: textIn(attributes, 'langfuse.observation.model.name'),
        usage: usageIn(attributes, kind === 'embedding'),
        timeToFirstTokenMs: firstTokenMs(span),
      }),
    }
  },
}

/** Langfuse's instrumentation of the OpenAI SDK has the messages in an object, beside the tools. */
const withoutFrame = (input: unknown): unknown =>
  isObject(input) && Array.isArray(input.messages) && Object.keys(input).length === 1 ? input.messages : input

/** The status of the span does not say it. */
const failureIn = (attributes: Attributes): string | undefined =>
  attributes['langfuse.observation.level'] === 'ERROR'
    ? (textIn(attributes, 'langfuse.observation.status_message') ?? '')
    : undefined

/** The moment is JSON: a text in quotation marks. */
function firstTokenMs({ attributes, startMs }: OtelSpan): number | undefined {
  const moment = textIn(attributes, 'langfuse.observation.completion_start_time')
  const elapsedMs = Date.parse(moment?.replaceAll('"', '') ?? '') - startMs
  return elapsedMs >= 0 ? elapsedMs : undefined
}

/**
 * The counts of Langfuse stand beside each other: `input` is without `input_cached_tokens` and all else that is named so. Those of
 * OpenAI's form are parts of its prompt and completion.
 */
function usageIn(attributes: Attributes, isEmbedding: boolean) {
  const details = jsonIn(attributes, 'langfuse.observation.usage_details')
  if (!isObject(details)) return undefined
  const counts = Object.entries(details).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  const [given, made] = [counts.filter(isInput), counts.filter(isOutput)]
  const ofOpenAi = wholeOf(details)
  return usageOf({
    ...(ofOpenAi ?? { input: sumOf(given), output: sumOf(made) ?? (isEmbedding ? 0 : undefined) }),
    cachedInput: sumOf(given.filter(([name]) => /cached|cache_read/.test(name))),
    cacheWrite: sumOf(given.filter(([name]) => /cache_(creation|write)/.test(name))),
    inputAudio: sumOf(given.filter(([name]) => /audio/.test(name))),
    reasoning: sumOf(made.filter(([name]) => /reasoning/.test(name))),
    outputAudio: sumOf(made.filter(([name]) => /audio/.test(name))),
  })
}

const isInput = ([name]: readonly [string, number]): boolean => /input/.test(name)
const isOutput = ([name]: readonly [string, number]): boolean => /output/.test(name)

const sumOf = (counts: readonly (readonly [string, number])[]): number | undefined =>
  counts.length === 0 ? undefined : counts.reduce((sum, [, count]) => sum + count, 0)

function wholeOf(details: Readonly<Record<string, unknown>>) {
  const numberOf = (...names: string[]) =>
    names.map(name => details[name]).find(count => typeof count === 'number')
  const [input, output] = [
    numberOf('promptTokens', 'prompt_tokens'),
    numberOf('completionTokens', 'completion_tokens'),
  ]
  if (input === undefined) return undefined
  return { input, output, total: numberOf('totalTokens', 'total_tokens') }
}
