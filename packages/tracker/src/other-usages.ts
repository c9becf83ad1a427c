/** Fields of the usage that SDKs report, with the functions that translate it. */
const translators: readonly (readonly [field: string, advice: string])[] = [
  ['prompt_tokens', "OpenAI's chat completions: pass usageFromOpenAI(usage) of @runtape/openai"],
  ['input_tokens', 'OpenAI or Anthropic: pass usageFromOpenAI(usage) or usageFromAnthropic(usage)'],
  ['inputTokens', 'Bedrock or the AI SDK: pass usageFromBedrock(usage) or usageFromAiSdk(usage)'],
  ['promptTokens', 'the AI SDK: pass usageFromAiSdk(usage) of @runtape/ai-sdk'],
  ['promptTokenCount', 'Google: pass usageFromGoogle(usage) of @runtape/google'],
]

/** What to do about a usage in the form of an SDK; `''` if it has no such form. */
export function translationOf(usage: unknown): string {
  if (typeof usage !== 'object' || usage === null) return ''
  const known = translators.find(([field]) => field in usage)
  return known ? `. It looks like the usage of ${known[1]}` : ''
}
