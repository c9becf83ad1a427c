import type { FakeHost } from '@runtape/testing/openai'
import { runtapeEmbeddingMiddleware, runtapeMiddleware, tracedTools } from '../src/index.ts'
import type { Given } from './cases/case.ts'
import type { Sdk } from './sdks.ts'

type Model = Given['chat']
export type Fetch = typeof globalThis.fetch

/** Models of the providers at this host. */
function models({ createOpenAI, createAnthropic }: Sdk, { url }: FakeHost, fetch?: Fetch) {
  const openai = createOpenAI({ apiKey: 'sk-test', baseURL: url, ...(fetch && { fetch }) })
  return {
    chat: openai.chat('gpt-test') as Model,
    responses: openai.responses('gpt-test') as Model,
    claude: createAnthropic({ apiKey: 'sk-test', baseURL: url }).languageModel('claude-test') as Model,
    embedding: openai.embedding?.('text-embedding-test') ?? openai.textEmbeddingModel('text-embedding-test'),
  }
}

/** The models of an application without our middleware. */
export function bare(sdk: Sdk, host: FakeHost, fetch?: Fetch): Given {
  return { sdk, ai: sdk.ai, host, ...models(sdk, host, fetch), wrap: model => model, tools: tools => tools }
}

/** The models of an application with our middleware. */
export function instrumented(sdk: Sdk, host: FakeHost, fetch?: Fetch): Given {
  const { embedding, ...language } = models(sdk, host, fetch)
  const { wrapLanguageModel, wrapEmbeddingModel } = sdk.ai
  const wrap = (model: Model) =>
    wrapLanguageModel({ model: model as never, middleware: runtapeMiddleware() }) as Model
  return {
    ...bare(sdk, host, fetch),
    chat: wrap(language.chat),
    responses: wrap(language.responses),
    claude: wrap(language.claude),
    ...(wrapEmbeddingModel && {
      embedding: wrapEmbeddingModel({ model: embedding, middleware: runtapeEmbeddingMiddleware() }) as never,
    }),
    wrap,
    tools: tools => tracedTools(tools, { mockOnReplay: true }),
  }
}
