import { type Fields, fieldsOf, objectsIn } from '@runtape/provider'

/** The usage of an answer or chunk, wherever its host puts it. */
export function usageIn(answer: Fields): Fields | undefined {
  const { usage, choices, x_groq, model } = answer
  const told =
    objectOf(usage) ??
    objectOf(objectsIn<Fields>(choices).find(choice => objectOf(choice.usage))?.usage) ??
    objectOf(fieldsOf(x_groq).usage) ??
    ofTimings(answer.timings)
  return told && withThoughts(told, model)
}

/** The model of an answer or chunk. An empty string counts as absent: the first chunk of some hosts has one. */
export const modelIn = ({ model }: Fields): unknown => model || undefined

/** The failure reported by an answer or chunk. Some servers answer with the error itself. */
export const failureIn = (answer: Fields): unknown =>
  answer.error ?? (answer.object === 'error' ? answer : undefined)

/** Combines two parts of one stream's usage: some hosts report the input first and the output last. */
export function mergeUsage(before: unknown, told: unknown): unknown {
  const [known, next] = [objectOf(before), objectOf(told)]
  if (!known || !next) return next ?? known
  const merged: Record<string, unknown> = { ...known }
  for (const [field, value] of Object.entries(next))
    if (value !== undefined && value !== null) merged[field] = value
  return merged
}

/** Timings that llama.cpp always sends, even without the usage option. */
function ofTimings(timings: unknown): Fields | undefined {
  const { prompt_n: read, cache_n: cached = 0, predicted_n: written } = fieldsOf(timings)
  if (typeof read !== 'number' || typeof cached !== 'number' || typeof written !== 'number') return undefined
  return { prompt_tokens: read + cached, completion_tokens: written, total_tokens: read + cached + written }
}

/** At Google's compatible endpoint, the model's thoughts are only in the total. */
function withThoughts(usage: Fields, model: unknown): Fields {
  const { prompt_tokens: input, completion_tokens: output = 0, total_tokens: total } = usage
  if (typeof model !== 'string' || !/^(models\/|google\/)?gemini-/.test(model)) return usage
  if (typeof input !== 'number' || typeof output !== 'number' || typeof total !== 'number') return usage
  const isMissing =
    total > input + output && fieldsOf(usage.completion_tokens_details).reasoning_tokens === undefined
  return isMissing ? { ...usage, completion_tokens: total - input } : usage
}

const objectOf = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? (value as Fields) : undefined
