import type { Fetch } from '@runtape/provider/http'
import * as kit from '@runtape/provider/http'
import type { InstrumentOptions } from './instrument.ts'
import { openai } from './provider.ts'
import { StreamOptions } from './stream-options.ts'

/**
 * A `fetch` that records model calls, for SDKs that use OpenAI's wire format and accept a `fetch`: the Vercel AI SDK, LangChain,
 * and others. Other requests pass unchanged. An already tapped `fetch` is returned unchanged.
 *
 * @param inner sends the requests. Default: the global `fetch`, looked up at each call.
 *
 * @example
 * ```ts
 * import { createOpenAI } from '@ai-sdk/openai'
 * import { tapFetch } from '@runtape/openai'
 *
 * const openai = createOpenAI({ fetch: tapFetch() })
 * ```
 */
export function tapFetch(inner?: Fetch, { includeUsage }: InstrumentOptions = {}): Fetch {
  return kit.tapFetch(openai, inner, { edit: new StreamOptions(includeUsage) })
}
