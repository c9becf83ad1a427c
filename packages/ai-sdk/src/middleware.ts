import { contained } from '@runtape/provider'
import type { SpanDefinition } from '@runtape/trace'
import { answerFromTape } from './from-tape.ts'
import { answered, ask } from './live.ts'
import { embedSpan, generateSpan, type Subject, startCall, streamSpan } from './sdk-call.ts'

/** The middleware of a language model; `LanguageModelMiddleware` of `ai` 5, 6 and 7. */
export interface RuntapeMiddleware {
  readonly specificationVersion: 'v3'
  wrapGenerate<R>(options: Subject & { doGenerate(): PromiseLike<R> }): Promise<R>
  wrapStream<R>(options: Subject & { doStream(): PromiseLike<R> }): Promise<R>
}

/** The middleware of an embedding model; `EmbeddingModelMiddleware` of `ai` 6 and 7. */
export interface RuntapeEmbeddingMiddleware {
  readonly specificationVersion: 'v3'
  wrapEmbed<R>(options: Subject & { doEmbed(): PromiseLike<R> }): Promise<R>
}

/**
 * Records every call of a language model as a span of key `ai-sdk.generate` or `ai-sdk.stream`, with input, answer, usage, model
 * and time to first token, if tracing is configured, and in the run of the surrounding `tracker.run`. In a replay calls are
 * answered from the tape, part by part, and no request is sent.
 *
 * It works with models of any provider and of specifications V2, V3 and V4. Answers, streams and errors are passed on unchanged.
 * Put it last in a list of middleware, so that it sees the final request.
 *
 * @example
 * ```ts
 * import { openai } from '@ai-sdk/openai'
 * import { runtapeMiddleware } from '@runtape/ai-sdk'
 * import { wrapLanguageModel } from 'ai'
 *
 * const model = wrapLanguageModel({ model: openai('gpt-5-mini'), middleware: runtapeMiddleware() })
 * ```
 */
export function runtapeMiddleware(): RuntapeMiddleware {
  return {
    specificationVersion: 'v3',
    wrapGenerate: ({ doGenerate, ...subject }) => record(generateSpan, subject, doGenerate),
    wrapStream: ({ doStream, ...subject }) => record(streamSpan, subject, doStream),
  }
}

/**
 * `runtapeMiddleware` for embedding models, by `wrapEmbeddingModel` of `ai` 6 and 7: spans of key `ai-sdk.embed`. `ai` 5 has no
 * such function; there a tap on the provider's `fetch` records them.
 *
 * @example
 * ```ts
 * import { openai } from '@ai-sdk/openai'
 * import { runtapeEmbeddingMiddleware } from '@runtape/ai-sdk'
 * import { wrapEmbeddingModel } from 'ai'
 *
 * const model = wrapEmbeddingModel({
 *   model: openai.embedding('text-embedding-3-small'),
 *   middleware: runtapeEmbeddingMiddleware(),
 * })
 * ```
 */
export function runtapeEmbeddingMiddleware(): RuntapeEmbeddingMiddleware {
  return {
    specificationVersion: 'v3',
    wrapEmbed: ({ doEmbed, ...subject }) => record(embedSpan, subject, doEmbed),
  }
}

async function record<R>(
  definition: SpanDefinition,
  subject: Subject,
  send: () => PromiseLike<R>,
): Promise<R> {
  const { params } = subject
  const call = contained(() => startCall(definition, subject))
  if (!call) return send()
  const answer = ((await answerFromTape(call, params)) as R | undefined) ?? (await ask(call, params, send))
  contained(() => answered(call, params, answer))
  return answer
}
