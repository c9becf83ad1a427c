import { RuntapeError } from '@runtape/core'
import { type Fetch, instrumentClient, type StainlessClient, tapFetch } from '@runtape/provider/http'
import { anthropic } from './provider.ts'

/** What is needed of a client: `Anthropic` of `@anthropic-ai/sdk`, version 0.50 or later, has it. */
export type AnthropicClient = StainlessClient

/**
 * A client like this one whose messages are recorded: each as a span of key `anthropic.messages` with request, answer,
 * usage, model and time to first token, wherever `configureTracing` or a traced function says so, and in the run of the
 * `tracker.run` around it. In a replay they are answered from the tape. The client is of the same class and behaves as
 * before: only its `fetch` is another. Request headers are never recorded. A client that is instrumented already is
 * returned as it is.
 *
 * @throws {RuntapeError} `invalid-option`, when this is no client of `@anthropic-ai/sdk`, or one that allows no other
 * `fetch`.
 *
 * @example
 * ```ts
 * import Anthropic from '@anthropic-ai/sdk'
 * import { instrumentAnthropic } from '@runtape/anthropic'
 *
 * const anthropic = instrumentAnthropic(new Anthropic())
 * ```
 */
export function instrumentAnthropic<C extends AnthropicClient>(client: C): C {
  return instrumentClient(anthropic, client, { refuse })
}

/**
 * A `fetch` that records the messages that go through it, for other SDKs that speak Anthropic's wire format and take a
 * `fetch`. Everything else passes untouched. One that is tapped already is returned as it is.
 *
 * @param inner sends the requests. Default: the global `fetch`, looked up at each call.
 *
 * @example
 * ```ts
 * import { createAnthropic } from '@ai-sdk/anthropic'
 * import { anthropicFetch } from '@runtape/anthropic'
 *
 * const anthropic = createAnthropic({ fetch: anthropicFetch() })
 * ```
 */
export const anthropicFetch = (inner?: Fetch): Fetch => tapFetch(anthropic, inner)

function refuse(reason: string, cause?: unknown): RuntapeError {
  return new RuntapeError(
    'invalid-option',
    `instrumentAnthropic cannot instrument this client: ${reason}. Pass a client of @anthropic-ai/sdk, version 0.50 or later: instrumentAnthropic(new Anthropic()).`,
    { cause },
  )
}
