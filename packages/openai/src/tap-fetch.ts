import type { Fetch } from '@runtape/provider/http'
import * as kit from '@runtape/provider/http'
import type { InstrumentOptions } from './instrument.ts'
import { openai } from './provider.ts'
import { StreamOptions } from './stream-options.ts'

/**
 * A `fetch` that records the model calls that go through it, for SDKs that speak OpenAI's wire format and take a
 * `fetch`: the Vercel AI SDK, LangChain, and others. Everything that is no model call passes untouched. One that is
 * tapped already is returned as it is.
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
