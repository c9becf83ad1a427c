import type { InstrumentOptions } from './instrument.ts'
import type { Fetch } from './transport/fetch.ts'
import { isTapped, newTap } from './transport/tap.ts'

/**
 * A `fetch` that records the model calls that go through it, for SDKs that speak OpenAI's wire format and take a
 * `fetch`: the Vercel AI SDK, LangChain, and others. Whatever is no model call passes untouched. One that is tapped
 * already is given back as it is.
 *
 * @param inner what sends the requests; the global `fetch`, as it is at each call, when left out
 *
 * @example
 * ```ts
 * import { createOpenAI } from '@ai-sdk/openai'
 * import { tapFetch } from '@runtape/openai'
 *
 * const openai = createOpenAI({ fetch: tapFetch() })
 * ```
 */
export function tapFetch(inner: Fetch = globalFetch, options: InstrumentOptions = {}): Fetch {
  if (isTapped(inner)) return inner
  return newTap(inner, { includeUsage: options.includeUsage ?? 'auto', maxRetries: 2 })
}

/** Looked up at each call, so that whoever replaces it later is asked too. */
export const globalFetch: Fetch = (input, init) => globalThis.fetch(input, init)
