import { RuntapeError } from '@runtape/core'
import { type Fetch, instrumentClient, type StainlessClient, tapFetch } from '@runtape/provider/http'
import { anthropic } from './provider.ts'

/** The required parts of a client: `Anthropic` of `@anthropic-ai/sdk`, version 0.50 or later, has them. */
export type AnthropicClient = StainlessClient

/**
 * A copy of the client that records its messages: each as a span of key `anthropic.messages` with request, answer, usage, model
 * and time to first token, if tracing is configured, and in the run of the surrounding `tracker.run`. In a replay they are
 * answered from the tape. The copy has the same class and behaviour, with another `fetch`. Request headers are never recorded. An
 * already instrumented client is returned unchanged.
 *
 * @throws {RuntapeError} `invalid-option` if this is not a client of `@anthropic-ai/sdk`, or does not accept another `fetch`.
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
 * A `fetch` that records messages, for other SDKs that use Anthropic's wire format and accept a `fetch`. Other requests pass
 * unchanged. An already tapped `fetch` is returned unchanged.
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
