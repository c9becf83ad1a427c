/** An SDK of a model, and how Runtape joins it. */
export interface Sdk {
  /** Its package. */
  readonly name: string
  /** Our package for it. */
  readonly ours: string
  /** The code that makes a client, as a pattern. */
  readonly made: RegExp
  /** What to write in place of that code. */
  readonly instead: string
}

export const sdks: readonly Sdk[] = [
  {
    name: 'openai',
    ours: '@runtape/openai',
    made: /\bnew (Azure)?OpenAI\(/,
    instead: 'instrumentOpenAI(new OpenAI(…))',
  },
  {
    name: '@anthropic-ai/sdk',
    ours: '@runtape/anthropic',
    made: /\bnew Anthropic\(/,
    instead: 'instrumentAnthropic(new Anthropic(…))',
  },
  {
    name: '@google/genai',
    ours: '@runtape/google',
    made: /\bnew GoogleGenAI\(/,
    instead: 'instrumentGoogle(new GoogleGenAI(…))',
  },
  {
    name: '@aws-sdk/client-bedrock-runtime',
    ours: '@runtape/bedrock',
    made: /\bnew BedrockRuntime(Client)?\(/,
    instead: 'instrumentBedrock(new BedrockRuntimeClient(…))',
  },
  {
    name: 'ai',
    ours: '@runtape/ai-sdk',
    made: /\b(generateText|streamText|generateObject|streamObject)\(/,
    instead: 'model: wrapLanguageModel({ model, middleware: runtapeMiddleware() })',
  },
]
